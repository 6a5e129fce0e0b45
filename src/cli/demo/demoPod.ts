import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PodSpecInput } from '../../schema';

/** USD per hour: a local pod costs nothing, and the demo has to show money. */
const HOURLY_PRICE = 1.8;

/** What the demo's worker runs by. The intervals are shortened, so that a whole life fits into some seconds. */
const SETTINGS = {
  createTimeout: '10s',
  sendWindow: '3s',
  heartbeatInterval: '1s',
  heartbeatTimeout: '5s',
  callTimeout: '10s',
  bootPoll: '500ms',
  bootSnapshot: '100ms',
  healthyPoll: '1s',
  healthySnapshot: '500ms',
  endBackoff: '500ms',
  endBackoffMax: '5s',
};

/** Where the demo's pods have their files, within its directory. */
export function podsDirectory(directory: string): string {
  return join(directory, 'pods');
}

/** Writes the worker's configuration. */
export function writeConfiguration(directory: string, deployment: string): void {
  const account = {
    provider: 'local',
    directory: podsDirectory(directory),
    hourlyPrice: HOURLY_PRICE,
    stopGrace: '2s',
  };
  const configuration = { deployment, accounts: { 'this-machine': account }, settings: SETTINGS };
  writeFileSync(join(directory, 'podkeeper.yaml'), stringify(configuration));
}

export const DEMO_CLAIM = 'demo';

const SERVER = `
  const { createServer } = require('node:http');
  let requests = 0;
  createServer((request, response) => {
    if (request.url === '/health') return response.end('ok');
    requests += 1;
    response.end('request ' + requests + ' answered by process ' + process.pid);
  }).listen(process.env.PORT, '127.0.0.1');
`;

/**
 * A small HTTP server in Node.js. Should everything else be killed, demo included, its last moment ends it.
 */
export function demoSpec(): PodSpecInput & { id: string } {
  return {
    id: DEMO_CLAIM,
    owner: 'podkeeper demo',
    command: [process.execPath, '-e', SERVER],
    ports: ['8000/http'],
    health: { http: { port: 8000, path: '/health' } },
    idleTimeout: '1m',
    maxLifetime: '2m',
  };
}
