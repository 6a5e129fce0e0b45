import { join } from 'node:path';
import type { HealthyPod } from '../../model';
import { POD_VARIABLE, podMembers, processTable } from '../../providers/local/processes';
import { CliFailure } from '../failure';
import { livingPods } from '../livingPods';
import { baseSpec } from './demoPod';
import { endLeftovers } from './leftovers';
import type { DemoPlace, Scenery, Told } from './scenery';

/** USD per hour: a local pod costs nothing, and the demo has to show money. */
const HOURLY_PRICE = 1.8;

const SERVER = `
  const { createServer } = require('node:http');
  let requests = 0;
  createServer((request, response) => {
    if (request.url === '/health') return response.end('ok');
    requests += 1;
    response.end('request ' + requests + ' answered by process ' + process.pid);
  }).listen(process.env.PORT, '127.0.0.1');
`;

/** This machine: the pod is a process, a small HTTP server in Node.js. Should everything else be killed, demo included, its last moment ends it. */
export function localScenery({ deployment, directory }: DemoPlace): Scenery {
  const pods = join(directory, 'pods');
  return {
    accounts: {
      'this-machine': { provider: 'local', directory: pods, hourlyPrice: HOURLY_PRICE, stopGrace: '2s' },
    },
    settings: {},
    remarks: [
      'A real Temporal, a real worker, a real process as the pod. Only the intervals are shortened for the demo:',
      'a look at the pod each second instead of each minute, a lost worker noticed after 5 s instead of 15 s.\n',
    ],
    open: async () => undefined,
    workerEnvironment: () => ({}),
    spec: () => ({ ...baseSpec(), command: [process.execPath, '-e', SERVER] }),
    describe,
    tellUnattended: () => undefined,
    proveNothingLeft: () => proveNothingLeft(deployment),
    close: () => endLeftovers(deployment, pods),
  };
}

async function describe({ name }: Pick<HealthyPod, 'name'>): Promise<Told> {
  const members = podMembers((await processTable()?.scan()) ?? []).get(name) ?? [];
  // The launcher is ours; the pod is its command's processes.
  const pids = members.filter(({ launcher }) => !launcher).map(({ pid }) => pid);
  return { message: `process ${pids.join(', ')}`, facts: { pids } };
}

async function proveNothingLeft(deployment: string): Promise<Told> {
  const living = await livingPods(deployment);
  if (living.length > 0) {
    throw new CliFailure('failed', `these pods are left: ${living.map(({ name }) => name).join(', ')}`);
  }
  return { message: `no process carries ${POD_VARIABLE}=pk-${deployment}…`, facts: { livingPods: 0 } };
}
