import type { GpuCatalogue } from '../../model/gpus';
import { PodkeeperError } from '../../model';
import { CLOUD_OPTIONS, SimulatedCloud } from '../../simulator';
import type { SimulatedCloudOptions } from '../../simulator';
import type { Capability, PausableProvider } from '../contract';

/** Options of a mock provider: your own simulated cloud, or the options of a new one. */
export interface MockProviderOptions extends SimulatedCloudOptions {
  /** The cloud to use. Default: a new one, with the other options. If given, only `listLagMs` and `endpoints` of the cloud's options are allowed. */
  cloud?: SimulatedCloud;
  /** The provider's name. Default: `mock`. */
  name?: string;
  /** The list lag that the provider declares, ms; without `cloud`, also the lag of the new cloud. Default: the cloud's. */
  listLagMs?: number;
  /** Default: all that a mock provider supports. */
  capabilities?: Iterable<Capability>;
  /** The credential of its calls; a function is called for each call. Default: the first of `credentials`. */
  credential?: string | (() => string | undefined);
  /** Maps GPU names to models, for the filter of `list`. Default: Podkeeper's catalogue. */
  gpus?: GpuCatalogue;
}

/** A provider for a simulated cloud in this process. */
export interface MockProvider extends PausableProvider {
  /** The cloud, with its scripts, faults and ledger. */
  readonly cloud: SimulatedCloud;
  /** Resets the cloud to its initial state. */
  reset(): void;
}

/** The capabilities of a mock provider. Without `webhooks`, since it has no network. */
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
/** The options that are allowed together with `cloud`. */
const BESIDE_CLOUD = [...OWN_OPTIONS, 'listLagMs', 'endpoints'];

/** Validates the options. @throws PodkeeperError `validation`, naming the option */
export function checkMockOptions(options: MockProviderOptions): MockProviderOptions {
  const known = [...OWN_OPTIONS, ...Object.keys(CLOUD_OPTIONS)];
  const capabilities = options.capabilities === undefined ? undefined : [...options.capabilities];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(name, `is not an option: choose from ${known.join(', ')}`);
    if (options.cloud !== undefined && !BESIDE_CLOUD.includes(name)) {
      refuse(name, 'is an option of the cloud: set it on the cloud that you pass');
    }
  }
  const { cloud, name, credential, listLagMs } = options;
  if (cloud !== undefined && !(cloud instanceof SimulatedCloud)) refuse('cloud', 'must be a SimulatedCloud');
  if (name !== undefined && (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,35}$/.test(name))) {
    refuse('name', 'must be 1 to 36 lowercase letters, digits and hyphens, beginning with a letter');
  }
  if (
    credential !== undefined &&
    typeof credential !== 'function' &&
    (typeof credential !== 'string' || credential === '')
  ) {
    refuse('credential', 'must be a text, or a function that returns one');
  }
  if (listLagMs !== undefined && !(Number.isFinite(listLagMs) && listLagMs >= 0)) {
    refuse('listLagMs', 'must be a number of ms, 0 or more');
  }
  for (const capability of capabilities ?? []) {
    if (MOCK_CAPABILITIES.includes(capability)) continue;
    refuse(
      'capabilities',
      `a mock provider doesn't support '${capability}': choose from ${MOCK_CAPABILITIES.join(', ')}`,
    );
  }
  // A copy, since an iterable can be consumed only once.
  return { ...options, capabilities };
}

function refuse(path: string, message: string): never {
  throw new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}
