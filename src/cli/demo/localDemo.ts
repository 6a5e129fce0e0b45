import { join } from 'node:path';
import type { HealthyPod } from '../../model';
import { POD_VARIABLE, podMembers, processTable } from '../../providers/local/processes';
import { CliFailure } from '../failure';
import { livingPods } from '../localProcesses';
import { baseSpec } from './demoPod';
import { endRemainingPods } from './endRemainingPods';
import type { DemoIdentity, ProviderDemo, StepDetail } from './providerDemo';

/** USD per hour. A local pod costs nothing, but the demo shows costs. */
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

/** This machine: the pod is a process that runs a small HTTP server. If everything else is killed, the pod still ends at its `notAfter`. */
export function localDemo({ deployment, directory }: DemoIdentity): ProviderDemo {
  const pods = join(directory, 'pods');
  return {
    accounts: {
      'this-machine': { provider: 'local', directory: pods, hourlyPrice: HOURLY_PRICE, stopGrace: '2s' },
    },
    settings: {},
    remarks: [
      'A real Temporal server, a real worker, a real process as the pod. Only the intervals are shorter than usual:',
      'a look at the pod every second instead of every minute, a lost worker noticed after 5 s instead of 15 s.\n',
    ],
    open: async () => undefined,
    workerEnvironment: () => ({}),
    spec: () => ({ ...baseSpec(), command: [process.execPath, '-e', SERVER] }),
    describe,
    showUnattended: () => undefined,
    proveNothingLeft: () => proveNothingLeft(deployment),
    close: () => endRemainingPods(deployment, pods),
  };
}

async function describe({ name }: Pick<HealthyPod, 'name'>): Promise<StepDetail> {
  const members = podMembers((await processTable()?.scan()) ?? []).get(name) ?? [];
  // Without the launcher, which is ours: the pod is its command's processes.
  const pids = members.filter(({ launcher }) => !launcher).map(({ pid }) => pid);
  return { message: `process ${pids.join(', ')}`, facts: { pids } };
}

async function proveNothingLeft(deployment: string): Promise<StepDetail> {
  const living = await livingPods(deployment);
  if (living.length > 0) {
    throw new CliFailure('failed', `these pods are still running: ${living.map(({ name }) => name).join(', ')}`);
  }
  return { message: `no process has ${POD_VARIABLE}=pk-${deployment}…`, facts: { livingPods: 0 } };
}
