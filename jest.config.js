const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/globalSetup.ts',
  globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
  testTimeout: 60_000,
  // Most of a run is waiting for servers, workers and pods. On two cores jest would take one worker, and twice the time.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  // Each file loads Temporal's SDK anew, and its AsyncLocalStorages stay: every promise of a worker costs more with each file.
  workerIdleMemoryLimit: '400MB',
};
