import { PodkeeperError } from '../../model';
import type { Pod, PodEndpoint, PodStatus } from '../../model';
import type { PodRequest } from '../contract';
import type { WireObject } from '../wire';
import type { ProxyAddress } from './addresses';
import { mapped, portsOf, proxied } from './endpoints';
import { detailOf, priceOf, readId } from './pods';
import { refuse } from './rules';

/** REST v1's names for the options that it supports. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  registry: 'containerRegistryAuthId',
  globalNetworking: 'globalNetworking',
  allowedCudaVersions: 'allowedCudaVersions',
  mountPath: 'volumeMountPath',
};

/**
 * The body of REST v1's `POST /pods`. RunPod announced that v1 answers 410 from 2026-11-15 on. Spawn, get, list and terminate stay supported for proxies
 * and test servers that still use it.
 *
 * @throws PodkeeperError `unsupported`, refused, for an option that v1 doesn't have.
 */
export function legacyCreateBody(request: PodRequest, gpuId: string | null): Record<string, unknown> {
  const { image, template, command, cloudType, regions, diskGiB, volumeGiB, networkVolume } = request;
  if (request.cpu !== null) refuse('unsupported', 'cpu', "isn't supported with api: v1: remove cpu");
  const ports = request.ports.map(({ port, protocol }) => `${port}/${protocol}`);
  const needsAddress = cloudType === 'community' && request.ports.some(({ protocol }) => protocol === 'tcp');
  return {
    name: request.name,
    ...(image === null ? {} : { imageName: image }),
    ...(template === null ? {} : { templateId: template }),
    ...(command === null ? {} : { dockerEntrypoint: command.slice(0, 1), dockerStartCmd: command.slice(1) }),
    ...(gpuId === null
      ? { computeType: 'CPU' }
      : { computeType: 'GPU', gpuTypeIds: [gpuId], gpuCount: request.gpuCount }),
    ...(cloudType === 'any' ? {} : { cloudType: cloudType.toUpperCase() }),
    // Without it, a community host may have no public address.
    ...(needsAddress ? { supportPublicIp: true } : {}),
    env: Object.fromEntries(Object.entries(request.env)),
    // An empty list would remove the template's ports.
    ...(ports.length === 0 && template !== null ? {} : { ports }),
    ...(regions.length === 0 ? {} : { dataCenterIds: regions.map((region) => region.toUpperCase()) }),
    ...(diskGiB === null ? {} : { containerDiskInGb: diskGiB }),
    // Without a size here or in a template, v1 uses 20 GB, which cost money.
    ...(volumeGiB === null && template !== null ? {} : { volumeInGb: volumeGiB ?? 0 }),
    ...(networkVolume === null ? {} : { networkVolumeId: networkVolume }),
    ...optionsOf(request.providerOptions),
  };
}

function optionsOf(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([option, value]) => {
      const name = Object.hasOwn(OPTION_NAMES, option) ? OPTION_NAMES[option] : undefined;
      return [
        name ?? refuse('unsupported', `providerOptions.${option}`, "isn't supported with api: v1: remove it"),
        value,
      ];
    }),
  );
}

const STATUSES: ReadonlyMap<string, PodStatus> = new Map([
  ['RUNNING', 'running'],
  ['EXITED', 'stopped'],
  ['TERMINATED', 'terminated'],
]);

/**
 * Reads a pod of REST v1. v1 only has a desired status, so a pod counts as running once it has its addresses.
 *
 * @param asked the request, for the answer to a create, which may contain little more than the id
 */
export function readLegacyPod(pod: WireObject, proxyAddress: ProxyAddress, asked?: PodRequest): Pod {
  const id = readId(pod);
  const word = pod.text('desiredStatus');
  const ports = portsOf(pod);
  const wanted = ports.length === 0 && asked !== undefined ? asked.ports : ports;
  const host = pod.optionalText('publicIp');
  const mappings = pod.optionalObject('portMappings');
  const endpoints = ports.flatMap((port): PodEndpoint[] => {
    if (port.protocol === 'http') return [proxied(id, port, proxyAddress)];
    const endpoint = mapped(port, host, mappings?.optionalNumber(String(port.port)));
    return endpoint === undefined ? [] : [endpoint];
  });
  const waits = word === 'RUNNING' && endpoints.length < wanted.length;
  const gpu = pod.optionalObject('gpu');
  const machine = pod.optionalObject('machine');
  const gpuId = gpu?.optionalText('id') ?? machine?.optionalText('gpuTypeId') ?? null;
  return {
    id,
    name: pod.optionalText('name') ?? asked?.name ?? '',
    provider: 'runpod',
    status: waits ? 'provisioning' : (STATUSES.get(word) ?? 'unknown'),
    statusDetail: waits ? `${word}, no public address yet` : detailOf(word),
    endpoints: word === 'RUNNING' ? endpoints : [],
    gpu: gpuId,
    gpuCount: gpu?.optionalNumber('count') ?? (gpuId === null ? 0 : 1),
    image: pod.optionalText('image'),
    // For a stopped pod, it isn't the price of running.
    hourlyPrice: word === 'EXITED' || word === 'TERMINATED' ? null : priceOf(costOf(pod)),
    region: machine?.optionalText('dataCenterId') ?? null,
    createdAt: null,
    exitCode: null,
  };
}

/** v1 sends a number or, as in its own examples, a quoted number. */
function costOf(pod: WireObject): number | null {
  const written = pod.any('costPerHr');
  const quoted = typeof written === 'string' && /^\d+(\.\d+)?$/.test(written);
  return quoted ? Number(written) : pod.optionalNumber('costPerHr');
}

/** @throws PodkeeperError `unsupported`, refused. */
export function notInLegacy(what: string): never {
  const message = `${what} isn't supported with api: v1: remove api from the account's configuration to use REST v2`;
  throw new PodkeeperError('unsupported', message, { provider: 'runpod', refused: true });
}
