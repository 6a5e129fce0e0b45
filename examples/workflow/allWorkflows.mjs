// @ts-check
/** What the worker in oneWorker.mjs runs: your workflows, and Podkeeper's. */
export * from './workflows.mjs';
export * from 'podkeeper/workflows';
