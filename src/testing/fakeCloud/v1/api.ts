import { SimulatedFailure } from '../../../simulator';
import type { SimulatedPod } from '../../../simulator';
import { UNKNOWN_TROUBLE } from '../capacity';
import { isObject } from '../../../providers/wire';
import { FAKE_CPUS } from '../market';
import { publicAddress } from '../network';
import { json, noContent, plainError, text, waitOf } from '../reply';
import type { Reply } from '../reply';
import type { PodConfiguration } from '../v2/configuration';
import { configurationOf, hasReported, portsOf, STATUS_WORDS } from '../v2/pod';
import { createPod, startPod } from '../v2/pods';
import type { Api, Call, World } from '../world';

/** The pods of RunPod's REST v1 (RunPod REST v1 OpenAPI). Its list is a plain array without pages. Unknown fields are ignored. */
export const V1_API: Api = {
  errorForm: 'plain',
  routes: [
    { method: 'GET', path: /^\/pods$/, operation: 'list', handle: list },
    { method: 'POST', path: /^\/pods$/, operation: 'create', handle: create },
    { method: 'GET', path: /^\/pods\/(?<id>[^/]+)$/, operation: 'get', handle: get },
    { method: 'DELETE', path: /^\/pods\/(?<id>[^/]+)$/, operation: 'terminate', handle: terminate },
    { method: 'POST', path: /^\/pods\/(?<id>[^/]+)\/stop$/, operation: 'stop', handle: stop },
    { method: 'POST', path: /^\/pods\/(?<id>[^/]+)\/start$/, operation: 'start', handle: start },
  ],
  failure: v1Failure,
};

/** REST v1 from 2026-11-15 on, as announced. */
export const V1_GONE: Api = { ...V1_API, instead: () => plainError(410, 'this API has been retired') };

async function list({ query, credential }: Call, world: World): Promise<Reply> {
  const pods = await world.cloud.list({ credential, signal: world.signal });
  const shown = pods.map((pod) => v1Pod(pod, world));
  const filters = ['name', 'desiredStatus', 'id'] as const;
  return json(
    200,
    shown.filter((pod) => filters.every((field) => !query.has(field) || query.get(field) === pod[field])),
  );
}

/** Takes the first available GPU type. */
async function create({ body, credential }: Call, world: World): Promise<Reply> {
  const asked = read(body);
  if (typeof asked === 'string') return plainError(400, `create pod: ${asked}`);
  let refusal: unknown;
  for (const configuration of alternatives(asked)) {
    try {
      return json(201, v1Pod(await createPod(configuration, credential, world), world));
    } catch (error) {
      if (!(error instanceof SimulatedFailure) || error.code !== 'no_capacity') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

async function get({ parameters, credential }: Call, world: World): Promise<Reply> {
  const pod = await world.cloud.get(parameters['id'] ?? '', { credential, signal: world.signal });
  return json(200, v1Pod(pod, world));
}

async function terminate({ parameters, credential }: Call, world: World): Promise<Reply> {
  await world.cloud.terminate(parameters['id'] ?? '', { credential, signal: world.signal });
  return noContent();
}

async function stop({ parameters, credential }: Call, world: World): Promise<Reply> {
  const pod = await world.cloud.stop(parameters['id'] ?? '', { credential, signal: world.signal });
  return json(200, v1Pod(pod, world));
}

async function start({ parameters, credential }: Call, world: World): Promise<Reply> {
  return json(200, v1Pod(await startPod(parameters['id'] ?? '', credential, world), world));
}

/** RunPod REST v1 OpenAPI: `Pod`. Its status is the desired one, not the actual one. */
interface V1Pod {
  id: string;
  name: string;
  desiredStatus: string;
  image: string;
  env: Readonly<Record<string, string>>;
  ports: string[];
  /** Empty until a host has reported. */
  publicIp: string;
  portMappings: Record<string, number> | null;
  /** USD per hour. */
  costPerHr: number;
  adjustedCostPerHr: number;
  containerDiskInGb: number;
  volumeInGb: number;
  volumeMountPath: string;
  gpu?: { id: string; count: number; displayName: string };
  cpuFlavorId?: string;
  vcpuCount?: number;
  machineId: string;
  machine: { gpuTypeId?: string; dataCenterId: string; secureCloud: boolean };
  interruptible: boolean;
  locked: boolean;
  lastStartedAt: string;
  lastStatusChange: string;
}

function v1Pod(pod: SimulatedPod, world: World): V1Pod {
  const asked = configurationOf(pod);
  const { gpu, cpu } = asked;
  const tcpPorts = portsOf(asked).filter(({ protocol }) => protocol === 'tcp');
  const addresses = tcpPorts.map((port) => ({ port, address: publicAddress(pod, port, world.settings.endpoints) }));
  const isPlaced = hasReported(pod, world);
  const startedAt = new Date(pod.runningSince ?? pod.createdAt);
  return {
    id: pod.id,
    name: pod.name,
    desiredStatus: desiredStatusOf(pod),
    image: asked.image ?? '',
    env: asked.env ?? {},
    ports: asked.ports ?? [],
    publicIp: isPlaced ? (addresses[0]?.address.host ?? '') : '',
    portMappings: isPlaced ? Object.fromEntries(addresses.map(({ port, address }) => [port.port, address.port])) : null,
    costPerHr: pod.hourlyPrice,
    adjustedCostPerHr: pod.hourlyPrice,
    containerDiskInGb: asked.disk ?? 50,
    volumeInGb: asked.mounts?.persistent?.size ?? 20,
    volumeMountPath: asked.mounts?.persistent?.path ?? '/workspace',
    ...(gpu === undefined ? {} : { gpu: { id: gpu.id, count: gpu.count ?? 1, displayName: gpu.id } }),
    ...(cpu === undefined ? {} : { cpuFlavorId: cpu.id, vcpuCount: cpu.vcpuCount }),
    machineId: `m-${pod.id}`,
    machine: {
      ...(gpu === undefined ? {} : { gpuTypeId: gpu.id }),
      dataCenterId: pod.region,
      secureCloud: asked.cloud !== 'COMMUNITY',
    },
    interruptible: pod.spot,
    locked: false,
    lastStartedAt: startedAt.toISOString(),
    lastStatusChange: `${statusChangeOf(pod)}: ${startedAt.toUTCString()}`,
  };
}

function desiredStatusOf({ state, shownAs }: SimulatedPod): string {
  if (shownAs !== null) return shownAs;
  const word = STATUS_WORDS[state];
  if (word === 'TERMINATED') return 'TERMINATED';
  return state === 'stopped' || state === 'stopping' || state === 'exited' ? 'EXITED' : 'RUNNING';
}

function statusChangeOf({ state }: SimulatedPod): string {
  if (state === 'preempted') return 'Outbid';
  if (state === 'exited') return 'Exited by Runpod';
  return state === 'stopped' ? 'Exited by user' : 'Rented by User';
}

interface V1Create {
  configuration: Omit<PodConfiguration, 'gpu' | 'cpu'>;
  gpuTypeIds: string[];
  gpuCount: number;
  cpu: { id: string; vcpuCount: number } | null;
}

/** @returns the request, or why it is invalid */
function read(body: string): string | V1Create {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  if (!isObject(value)) return 'the body is not an object';
  const {
    name = 'my pod',
    imageName,
    env = {},
    ports = [],
    gpuTypeIds = [],
    gpuCount = 1,
    computeType = 'GPU',
  } = value;
  if (typeof name !== 'string' || name.length > 191) return 'name: at most 191 characters';
  if (typeof imageName !== 'string' && typeof value['templateId'] !== 'string') return 'imageName: is required';
  if (!isObject(env) || !Object.values(env).every((of) => typeof of === 'string')) return 'env: texts by name';
  if (!isTexts(ports)) return 'ports: a list of texts';
  if (!isTexts(gpuTypeIds)) return 'gpuTypeIds: a list of texts';
  if (typeof gpuCount !== 'number') return 'gpuCount: a number';
  const dataCenterIds = isTexts(value['dataCenterIds']) ? value['dataCenterIds'] : [];
  return {
    configuration: {
      name,
      ...(typeof imageName === 'string' ? { image: imageName } : { templateId: String(value['templateId']) }),
      // Checked above.
      env: env as Record<string, string>,
      ports,
      cloud: value['cloudType'] === 'COMMUNITY' ? 'COMMUNITY' : 'SECURE',
      dataCenterIds,
      ...(typeof value['containerDiskInGb'] === 'number' ? { disk: value['containerDiskInGb'] } : {}),
    },
    gpuTypeIds,
    gpuCount,
    cpu: computeType === 'CPU' ? cpuOf(value) : null,
  };
}

function cpuOf({ cpuFlavorIds, vcpuCount }: Record<string, unknown>): { id: string; vcpuCount: number } {
  const id = isTexts(cpuFlavorIds) ? cpuFlavorIds[0] : undefined;
  return { id: id ?? FAKE_CPUS[0]?.id ?? 'cpu3c', vcpuCount: typeof vcpuCount === 'number' ? vcpuCount : 2 };
}

function alternatives({ configuration, gpuTypeIds, gpuCount, cpu }: V1Create): PodConfiguration[] {
  if (cpu !== null) return [{ ...configuration, cpu }];
  const ids = gpuTypeIds.length === 0 ? ['NVIDIA GeForce RTX 4090'] : gpuTypeIds;
  return ids.map((id) => ({ ...configuration, gpu: { id, count: gpuCount } }));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Missing capacity is answered with 500 here, and 429 as plain text (field reports). */
function v1Failure(error: unknown): Reply | null {
  if (!(error instanceof SimulatedFailure)) throw error;
  const { code, message } = error;
  const wait = waitOf(error);
  switch (code) {
    case 'no_answer':
      return null;
    case 'rate_limited':
      return text(429, 'Too many requests', wait);
    case 'no_capacity':
      return plainError(500, `create pod: ${message}`);
    case 'internal':
      return plainError(500, `create pod: ${UNKNOWN_TROUBLE}`);
    case 'unauthorized':
    case 'quota':
    case 'forbidden':
    case 'not_found':
    case 'invalid':
    case 'busy':
    case 'conflict':
      return plainError(V1_STATUSES[code], message, wait);
  }
}

const V1_STATUSES = {
  unauthorized: 401,
  quota: 402,
  forbidden: 403,
  not_found: 404,
  invalid: 400,
  busy: 400,
  conflict: 400,
} as const;
