import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodSpecInput } from '../../schema';
import { loadYaml } from '../onDemand';
import type { DemoIdentity, ProviderDemo } from './providerDemo';

/** The settings of the demo's worker. The intervals are short, so that a whole life fits into some seconds. */
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

/** Writes the worker's configuration file. */
export function writeConfiguration(
  { deployment, directory }: DemoIdentity,
  { accounts, settings }: ProviderDemo,
): void {
  const configuration = { deployment, accounts, settings: { ...SETTINGS, ...settings } };
  writeFileSync(join(directory, 'podkeeper.yaml'), loadYaml().stringify(configuration));
}

const DEMO_CLAIM = 'demo';

/** The spec that all demos share. The provider's demo adds what the pod runs. */
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
