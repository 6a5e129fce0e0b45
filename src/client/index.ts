export * from './keepAlive';
export * from './listing';
export * from './podHandle';
export * from './podInfo';
export * from './podkeeper';
export * from './registerSearchAttributes';
export type { PodUse } from './usePod';
