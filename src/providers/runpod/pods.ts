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
 * Of a pod that was stopped, `cost` is what its disk costs: not what the pod cost while it ran, by which a claim is metered. In any other state what RunPod
 * states counts, also of a pod that failed: that bills until it is ended.
 */
const NOT_ITS_PRICE: ReadonlySet<string> = new Set(['EXITED', 'TERMINATED']);

/** A pod as REST v2 describes it. What isn't named here (its environment above all) goes no further. */
export function readPod(pod: WireObject, proxyAddress: ProxyAddress): Pod {
  const id = readId(pod);
  const word = pod.text('status');
  const gpu = pod.optionalObject('gpu');
  // Of a pod that doesn't run, the last word of its host may still stand there.
  const runtime = word === 'RUNNING' ? pod.optionalObject('runtime') : null;
  const ports = portsOf(pod);
  const endpoints = runtime === null ? [] : ports.flatMap((port) => endpointOf(id, port, runtime, proxyAddress));
  // `RUNNING` comes right after the create, before any host has said a word.
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
    hourlyPrice: NOT_ITS_PRICE.has(word) ? null : priceOf(pod.optionalNumber('cost')),
    region: pod.optionalText('dataCenterId'),
    createdAt: momentOf(pod.optionalText('createdAt')),
    exitCode: null,
  };
}

/** @throws PodkeeperError `provider` where it isn't one: it becomes part of paths and of host names. */
export function readId(pod: WireObject): string {
  const id = pod.text('id');
  if (/^[\w-]{1,128}$/.test(id)) return id;
  throw new PodkeeperError('provider', "a pod's id came in a form that RunPod's ids don't have", {
    provider: 'runpod',
  });
}

/** A status that isn't known, as far as it is a word at all. */
export function detailOf(word: string): string {
  return /^[\w -]{1,40}$/.test(word) ? word : 'a status that is no word';
}

/** USD per hour. A price of 0 is what RunPod states of a pod that has no host yet, or none any more: not known, rather than free. */
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
  if (runtime === null) return 'no word from its host yet';
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
