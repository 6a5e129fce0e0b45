// @ts-check
/** The workflows of the worker in oneWorker.mjs: yours and Podkeeper's. */
export * from './workflows.mjs';
export * from 'podkeeper/workflows';
