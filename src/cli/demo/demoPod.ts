import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { PodSpecInput } from '../../schema';
import type { DemoPlace, Scenery } from './scenery';

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

/** Writes the worker's configuration. */
export function writeConfiguration({ deployment, directory }: DemoPlace, { accounts, settings }: Scenery): void {
  const configuration = { deployment, accounts, settings: { ...SETTINGS, ...settings } };
  writeFileSync(join(directory, 'podkeeper.yaml'), stringify(configuration));
}

export const DEMO_CLAIM = 'demo';

/** What each demo's claim asks for; what the pod runs is its scenery's. */
export function baseSpec(): PodSpecInput & { id: string } {
  return {
    id: DEMO_CLAIM,
    owner: 'podkeeper demo',
    ports: ['8000/http'],
    health: { http: { port: 8000, path: '/health' } },
    idleTimeout: '1m',
    maxLifetime: '2m',
  };
}
