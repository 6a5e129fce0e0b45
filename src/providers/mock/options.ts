import type { GpuCatalogue } from '../../model/gpus';
import { PodkeeperError } from '../../model';
import { CLOUD_OPTIONS, SimulatedCloud } from '../../simulator';
import type { SimulatedCloudOptions } from '../../simulator';
import type { Capability, PausableProvider } from '../contract';

/** What a mock provider is made of: a cloud of yours, or the options of one. */
export interface MockProviderOptions extends SimulatedCloudOptions {
  /** Default: a cloud of its own, made of the other options. With it, of the cloud's options only `listLagMs` and `endpoints` may be given. */
  cloud?: SimulatedCloud;
  /** Default `mock`. */
  name?: string;
  /** What it says of its list, in ms, and, without `cloud`, how late that is. Default: the cloud's. */
  listLagMs?: number;
  /** Default: all that it can do. */
  capabilities?: Iterable<Capability>;
  /** What its calls are signed with; a function is asked at each call. Default: the first of `credentials`. */
  credential?: string | (() => string | undefined);
  /** Which names mean the same GPU, for the filter of `list`. Default: the catalogue that comes with Podkeeper. */
  gpus?: GpuCatalogue;
}

/** The simulated cloud as a provider, in this process. */
export interface MockProvider extends PausableProvider {
  /** Where its pods are: scripts, faults, the ledger. */
  readonly cloud: SimulatedCloud;
  /** Makes the cloud as new. */
  reset(): void;
}

/** All that a mock provider can do. Webhooks are none of it: it has no network to call back on. */
export const MOCK_CAPABILITIES: readonly Capability[] = [
  'spot',
  'serverless',
  'network_volumes',
  'http_proxy',
  'raw_tcp',
  'gpu',
  'cpu',
  'cpu_size',
  'image',
  'command',
  'cloud_type',
  'region',
  'disk',
  'template',
  'stop',
  'gpu_types',
];

const OWN_OPTIONS = ['cloud', 'name', 'capabilities', 'credential', 'gpus'];
/** What can be said of a cloud that is there already. */
const BESIDE_CLOUD = [...OWN_OPTIONS, 'listLagMs', 'endpoints'];

/** @throws PodkeeperError `validation`, naming the option */
export function checkMockOptions(options: MockProviderOptions): MockProviderOptions {
  const known = [...OWN_OPTIONS, ...Object.keys(CLOUD_OPTIONS)];
  const capabilities = options.capabilities === undefined ? undefined : [...options.capabilities];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(name, `there is no such option: choose from ${known.join(', ')}`);
    if (options.cloud !== undefined && !BESIDE_CLOUD.includes(name)) {
      refuse(name, 'is an option of the cloud: give it to the cloud that you hand over');
    }
  }
  const { cloud, name, credential, listLagMs } = options;
  if (cloud !== undefined && !(cloud instanceof SimulatedCloud)) refuse('cloud', 'must be a SimulatedCloud');
  if (name !== undefined && (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,35}$/.test(name))) {
    refuse('name', 'must be 1 to 36 small letters, digits and hyphens, a letter first');
  }
  if (
    credential !== undefined &&
    typeof credential !== 'function' &&
    (typeof credential !== 'string' || credential === '')
  ) {
    refuse('credential', 'must be a text, or a function that answers one');
  }
  if (listLagMs !== undefined && !(Number.isFinite(listLagMs) && listLagMs >= 0)) {
    refuse('listLagMs', 'must be a number of ms, 0 or more');
  }
  for (const capability of capabilities ?? []) {
    if (MOCK_CAPABILITIES.includes(capability)) continue;
    refuse('capabilities', `a mock provider can't do '${capability}': choose from ${MOCK_CAPABILITIES.join(', ')}`);
  }
  // A copy: what could be run through once has been run through now.
  return { ...options, capabilities };
}

function refuse(path: string, message: string): never {
  throw new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}
