/** Podkeeper for application code: rent pods, wait until they are healthy, use them, end them. */
export * from './client';
export * from './model';
export { parsePodSpec } from './schema';
export type { PodSpecInput } from './schema';
