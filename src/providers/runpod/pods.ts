import type { Pod, PodEndpoint, PodStatus, PortRequest } from '../../model';
import { PodkeeperError } from '../../model';
import type { WireObject } from '../wire';
import type { ProxyAddress } from './addresses';
import { mapped, portsOf, proxied } from './endpoints';

const STATUSES: ReadonlyMap<string, PodStatus> = new Map([
  ['PROVISIONING', 'provisioning'],
  ['STARTING', 'provisioning'],
  ['RUNNING', 'running'],
  ['EXITED', 'stopped'],
  ['ERROR', 'failed'],
  ['TERMINATED', 'terminated'],
]);

/**
 * In these states `cost` is the price of the disk, not of the running pod, so it isn't used. In all other states it is, including failed pods, which are
 * billed until they are ended.
 */
const WITHOUT_PRICE: ReadonlySet<string> = new Set(['EXITED', 'TERMINATED']);

/** Reads a pod of REST v2. Only the fields named here are kept, so not its environment. */
export function readPod(pod: WireObject, proxyAddress: ProxyAddress): Pod {
  const id = readId(pod);
  const word = pod.text('status');
  const gpu = pod.optionalObject('gpu');
  // A pod that isn't running may still have its host's last report.
  const runtime = word === 'RUNNING' ? pod.optionalObject('runtime') : null;
  const ports = portsOf(pod);
  const endpoints = runtime === null ? [] : ports.flatMap((port) => endpointOf(id, port, runtime, proxyAddress));
  // `RUNNING` is set right after the create, before a host has reported.
  const waitsFor = word === 'RUNNING' ? missing(runtime, ports, endpoints) : null;
  return {
    id,
    name: pod.text('name'),
    provider: 'runpod',
    status: waitsFor === null ? (STATUSES.get(word) ?? 'unknown') : 'provisioning',
    statusDetail: waitsFor === null ? detailOf(word) : `${word}, ${waitsFor}`,
    endpoints,
    gpu: gpu?.text('id') ?? null,
    gpuCount: gpu === null ? 0 : (gpu.optionalNumber('count') ?? 1),
    image: pod.optionalText('image'),
    hourlyPrice: WITHOUT_PRICE.has(word) ? null : priceOf(pod.optionalNumber('cost')),
    region: pod.optionalText('dataCenterId'),
    createdAt: momentOf(pod.optionalText('createdAt')),
    exitCode: null,
  };
}

/** Reads a pod's id. @throws PodkeeperError `provider` for an invalid one, since it becomes part of paths and host names. */
export function readId(pod: WireObject): string {
  const id = pod.text('id');
  if (/^[\w-]{1,128}$/.test(id)) return id;
  throw new PodkeeperError('provider', 'RunPod answered with an invalid pod id', {
    provider: 'runpod',
  });
}

/** An unknown status, if it looks like a word. */
export function detailOf(word: string): string {
  return /^[\w -]{1,40}$/.test(word) ? word : 'an unreadable status';
}

/** USD per hour. RunPod states 0 for a pod without a host, so 0 means unknown, not free. */
export function priceOf(cost: number | null): number | null {
  return cost === null || cost <= 0 ? null : cost;
}

function momentOf(text: string | null): string | null {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function missing(
  runtime: WireObject | null,
  ports: readonly PortRequest[],
  endpoints: readonly PodEndpoint[],
): string | null {
  if (runtime === null) return 'no report from its host yet';
  const isMapped = ({ port, protocol }: PortRequest) =>
    endpoints.some((endpoint) => endpoint.port === port && endpoint.protocol === protocol);
  const unmapped = ports.find((port) => !isMapped(port));
  return unmapped === undefined ? null : `no public address for ${unmapped.port}/${unmapped.protocol} yet`;
}

function endpointOf(id: string, port: PortRequest, runtime: WireObject, proxyAddress: ProxyAddress): PodEndpoint[] {
  if (port.protocol === 'http') return [proxied(id, port, proxyAddress)];
  for (const mapping of runtime.optionalObjects('ports')) {
    if (mapping.optionalNumber('private') !== port.port || mapping.optionalText('type') !== 'tcp') continue;
    const endpoint = mapped(port, mapping.optionalText('ip'), mapping.optionalNumber('public'));
    if (endpoint !== undefined) return [endpoint];
  }
  return [];
}
