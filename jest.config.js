const { availableParallelism } = require('node:os');
const { testsByTier } = require('./test/support/tiers');

const tests = testsByTier(__dirname);
const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
};
const withServers = {
  globalSetup: '<rootDir>/test/support/globalSetup.ts',
  globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
};

/** What is in a tier is decided in test/support/tiers.js; `npx jest PATH` finds a file in whichever it is. */
const tier = (name, options) => ({
  ...common,
  displayName: name,
  testMatch: tests[name].map((path) => `<rootDir>/test/${path}`),
  ...options,
});

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    tier('unit', {
      globalSetup: '<rootDir>/test/support/forgetProviderKeys.ts',
      moduleNameMapper: { '^(node:)?child_process$': '<rootDir>/test/support/noProcesses.js' },
    }),
    tier('server', withServers),
    tier('long', withServers),
    tier('live', {}),
  ],
  testTimeout: 60_000,
  // Most of a run is waiting for servers, workers and pods. On two cores jest would take one worker, and thrice the time.
  maxWorkers: Math.max(3, Math.floor(availableParallelism() / 2)),
  // Of `test.concurrent`, in a worker.
  maxConcurrency: 2,
  // Each file loads Temporal's SDK anew, and its AsyncLocalStorages stay: every promise of a worker costs more with each file.
  workerIdleMemoryLimit: '400MB',
};
