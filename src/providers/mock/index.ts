export { createMockProvider } from './provider';
export type { MockProvider, MockProviderOptions } from './options';
