import { boolean, closedObject, integer, listOf, mapOf, oneOf, orNull, textOf } from '../closedSchema';
import { FAKE_CPUS } from '../market';
import { problem } from '../reply';
import type { Reply } from '../reply';
import { parseJson } from '../../json';

/** A pod's requested configuration (RunPod REST v2 OpenAPI, snapshot 2026-08-20: `CreatePodRequest`). */
export interface PodConfiguration {
  name: string;
  image?: string;
  args?: string;
  disk?: number;
  env?: Record<string, string>;
  ports?: string[];
  registry?: string | null;
  cloud?: 'SECURE' | 'COMMUNITY';
  gpu?: { id: string; count?: number; allowedCudaVersions?: string[]; minCudaVersion?: string };
  cpu?: { id: string; vcpuCount: number };
  dataCenterIds?: string[];
  mounts?: PodMounts;
  globalNetworking?: boolean;
  startSsh?: boolean;
  startJupyter?: boolean;
  templateId?: string;
}

export interface PodMounts {
  persistent?: { size: number; path: string };
  network?: { volumeId: string; path: string }[];
}

/** The fields that can be changed after the create (same source: `UpdatePodRequest`). */
export type PodChanges = Partial<
  Pick<
    PodConfiguration,
    'name' | 'image' | 'args' | 'disk' | 'env' | 'ports' | 'registry' | 'mounts' | 'globalNetworking'
  >
> & { locked?: boolean };

/** Reads the body of a create. @returns the configuration, or the refusal */
export function readConfiguration(body: string): Reply | PodConfiguration {
  const value = parseJson(body);
  if (value === undefined) return problem(400, 'the body is not JSON');
  const faults = CREATE(value, 'body');
  if (faults.length > 0) return problem(422, 'the body of the create is invalid', { errors: faults });
  // The schema was checked above.
  const configuration = value as PodConfiguration;
  const broken = brokenRule(configuration);
  return broken === undefined ? configuration : problem(400, broken);
}

/** Reads the body of an update. @returns the changes, or the refusal */
export function readChanges(body: string): Reply | PodChanges {
  const value = parseJson(body);
  if (value === undefined) return problem(400, 'the body is not JSON');
  const faults = UPDATE(value, 'body');
  return faults.length > 0
    ? problem(422, 'the body of the update is invalid', { errors: faults })
    : (value as PodChanges);
}

/** Reads the body of an action. @returns the action, or the refusal */
export function readAction(body: string): Reply | 'start' | 'stop' | 'restart' | 'terminate' {
  const value = parseJson(body);
  if (value === undefined) return problem(400, 'the body is not JSON');
  const faults = ACTION(value, 'body');
  if (faults.length > 0) return problem(422, 'the body of the action is invalid', { errors: faults });
  return (value as { action: 'start' | 'stop' | 'restart' | 'terminate' }).action;
}

const CUDA_VERSION = textOf({ form: /^\d+\.\d+$/ });

const MOUNTS = closedObject({
  persistent: closedObject({ size: integer(10), path: textOf() }, ['size', 'path']),
  network: listOf(closedObject({ volumeId: textOf(), path: textOf() }, ['volumeId', 'path']), 1),
});

const CONTAINER = {
  args: textOf(),
  disk: integer(1),
  env: mapOf(textOf()),
  image: textOf(),
  ports: listOf(textOf()),
  registry: orNull(textOf()),
};

const CREATE = (value: unknown, path: string): string[] => {
  const hasTemplate = typeof value === 'object' && value !== null && 'templateId' in value;
  return CREATE_FIELDS(hasTemplate ? ['name'] : ['name', 'image'])(value, path);
};

const CREATE_FIELDS = (required: readonly string[]) =>
  closedObject(
    {
      ...CONTAINER,
      name: textOf({ least: 1 }),
      cloud: oneOf('SECURE', 'COMMUNITY'),
      cpu: closedObject({ id: textOf({ least: 1 }), vcpuCount: integer(2) }, ['id', 'vcpuCount']),
      dataCenterIds: listOf(textOf()),
      globalNetworking: boolean,
      gpu: closedObject(
        {
          id: textOf(),
          count: integer(1),
          allowedCudaVersions: listOf(CUDA_VERSION),
          minCudaVersion: CUDA_VERSION,
        },
        ['id'],
      ),
      mounts: MOUNTS,
      startJupyter: boolean,
      startSsh: boolean,
      templateId: textOf({ least: 1 }),
    },
    required,
  );

const UPDATE = closedObject({
  ...CONTAINER,
  name: textOf({ least: 1 }),
  locked: boolean,
  mounts: MOUNTS,
  globalNetworking: boolean,
});

const ACTION = closedObject({ action: oneOf('start', 'stop', 'restart', 'terminate') }, ['action']);

/** The first violated constraint between fields. */
function brokenRule({ gpu, cpu, cloud, mounts, ports }: PodConfiguration): string | undefined {
  if ((gpu === undefined) === (cpu === undefined)) return 'exactly one of gpu and cpu must be set';
  if (mounts?.persistent !== undefined && (mounts.network ?? []).length > 0) {
    return 'mounts.persistent and mounts.network exclude each other';
  }
  if (gpu?.minCudaVersion !== undefined && (gpu.allowedCudaVersions ?? []).length > 0) {
    return 'gpu.allowedCudaVersions and gpu.minCudaVersion exclude each other';
  }
  const badPort = ports?.find((port) => !isPort(port));
  if (badPort !== undefined) return 'ports: must be written as port/http or port/tcp';
  return cpu === undefined ? undefined : brokenCpuRule(cpu, cloud, mounts);
}

function brokenCpuRule(
  { id, vcpuCount }: NonNullable<PodConfiguration['cpu']>,
  cloud: PodConfiguration['cloud'],
  mounts: PodMounts | undefined,
): string | undefined {
  if (mounts?.persistent !== undefined) return 'mounts.persistent: a CPU pod has none';
  if (cloud === 'COMMUNITY') return 'cloud: a CPU pod is only in the secure cloud';
  if (!Number.isInteger(Math.log2(vcpuCount))) return 'cpu.vcpuCount must be a power of two';
  const flavor = FAKE_CPUS.find((candidate) => candidate.id === id);
  if (flavor === undefined) return 'cpu.id: there is no such flavor';
  return vcpuCount > flavor.mostVcpus ? 'cpu.vcpuCount: more than the flavor has' : undefined;
}

/** Ports from 70000 on request the same number outside as inside (field report). */
function isPort(text: string): boolean {
  const number = Number(/^([1-9]\d{0,4})\/(?:http|tcp)$/.exec(text)?.[1] ?? 0);
  return number >= 1 && (number <= 65_535 || number >= 70_000);
}
