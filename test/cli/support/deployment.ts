import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { randomName } from '../../../src/cli/devState';
import { startDevServer } from '../../../src/servers';
import type { DevServer } from '../../../src/servers';
import { requireFreshBuild } from '../../support/e2eBuild';
import { killPods, podProcesses } from '../../support/e2eProcessTable';
import { temporalSettings } from '../../support/temporalSettings';
import { until } from '../../support/until';
import { cliEnvironment, endStarted, firstDocument, ownDirectory, runCli, startCli } from './cli';
import type { Answer, RunningCli } from './cli';

/** The Temporal, worker and deployment of one test file. */
export interface Deployment {
  name: string;
  env: NodeJS.ProcessEnv;
  directory: ReturnType<typeof ownDirectory>;
  /** Starts `podkeeper` with it. */
  start(...args: string[]): RunningCli;
  /** Runs `podkeeper` with it. */
  run(...args: string[]): Promise<Answer>;
  /** Names of the running pods. */
  living(): string[];
  /** Waits until no pod runs, at most this many ms. */
  gone(limitMs?: number): Promise<void>;
  startWorker(): Promise<RunningCli>;
}

const SETTINGS = `
settings:
  bootPoll: 300ms
  bootSnapshot: 200ms
  healthyPoll: 500ms
  healthySnapshot: 200ms
  endBackoff: 300ms
  endBackoffMax: 1s
  listLag: 1s
`;

/** Sets up a test file with a local account `here` and the given other accounts, and cleans up after it. */
export function onDeployment({ worker = true, stopGrace = '1s', otherAccounts = '', settings = '' } = {}): Deployment {
  const directory = ownDirectory();
  const name = `t${randomName(6)}`;
  const env = cliEnvironment(directory.path, { PODKEEPER_DEPLOYMENT: name });
  let server: DevServer | undefined;
  const deployment: Deployment = {
    name,
    env,
    directory,
    start: (...args) => startCli(args, env, directory.path),
    run: (...args) => runCli(args, env, directory.path),
    living: () => [...new Set(podProcesses(name).map(({ pod }) => pod))],
    gone: (limitMs = 15_000) => until('no pod is left', () => podProcesses(name).length === 0, limitMs),
    async startWorker() {
      const running = deployment.start('worker', '--json');
      await firstDocument(running);
      return running;
    },
  };
  beforeAll(async () => {
    requireFreshBuild();
    mkdirSync(join(directory.path, 'pods'));
    const account = `accounts: { here: { provider: local, directory: pods, stopGrace: ${stopGrace}, hourlyPrice: 36 }, ${otherAccounts} }`;
    directory.write('podkeeper.yaml', `${account}${SETTINGS}${settings}`);
    server = await startDevServer({ dynamicConfig: temporalSettings() });
    env['TEMPORAL_ADDRESS'] = server.address;
    if (worker) await deployment.startWorker();
  }, 60_000);
  afterAll(async () => {
    await endStarted();
    await server?.kill();
    await killPods(name);
  }, 60_000);
  return deployment;
}

/** A pod's file: an HTTP server, healthy as soon as it answers. */
export const SERVER_SPEC = `
command:
  - node
  - -e
  - require('http').createServer((q, r) => r.end('hello ' + q.url)).listen(process.env.PORT, '127.0.0.1')
ports: ['8000/http']
health: { http: { port: 8000, path: / } }
maxLifetime: 5m
`;

/** A pod's file: never healthy. */
export const DEAF_SPEC = `
command: [sleep, '100000']
ports: ['8000/http']
health: { http: { port: 8000, path: / } }
maxLifetime: 5m
`;
