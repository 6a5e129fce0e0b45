import type * as yaml from 'yaml';
import type * as client from '../client';
import type * as doctor from '../doctor';
import type * as reaper from '../reaper';
import type * as schema from '../schema';
import type * as worker from '../worker';
import type * as connection from './connection';
import type * as demoRun from './demo/demoRun';
import type * as standaloneWorker from './standaloneWorker';

/*
 * What only a command's action needs. With it come Temporal's SDK, zod and yaml, which take longer to load than all commands together; so a help text and a
 * wrong option don't wait for them.
 */

/* oxlint-disable typescript/no-unsafe-type-assertion -- `require` has no types of its own */
export const loadClient = () => require('../client') as typeof client;
export const loadConnection = () => require('./connection') as typeof connection;
export const loadDemoRun = () => require('./demo/demoRun') as typeof demoRun;
export const loadDoctor = () => require('../doctor') as typeof doctor;
export const loadReaper = () => require('../reaper') as typeof reaper;
export const loadSchema = () => require('../schema') as typeof schema;
export const loadStandaloneWorker = () => require('./standaloneWorker') as typeof standaloneWorker;
export const loadWorker = () => require('../worker') as typeof worker;
export const loadYaml = () => require('yaml') as typeof yaml;
/* oxlint-enable typescript/no-unsafe-type-assertion */
