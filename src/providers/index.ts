/** For those who rent without Temporal, or write a provider of their own. */
export * from './capabilities';
export * from './contract';
export * from './local';
export { createProvider } from './registry';
export type { AccountConfiguration } from './registry';
