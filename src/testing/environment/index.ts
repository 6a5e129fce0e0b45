export { useTestPodkeeper } from './hooks';
export type { TestHooks } from './hooks';
export type { TestPodkeeper, TestPodkeeperOptions } from './options';
export { createTestPodkeeper } from './testPodkeeper';
