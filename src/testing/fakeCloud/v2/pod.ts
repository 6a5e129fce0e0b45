import type { PortRequest } from '../../../model';
import type { PodState, SimulatedPod } from '../../../simulator';
import { FAKE_CPUS, FAKE_GPUS } from '../market';
import { publicAddress, INTERNAL_NETWORK } from '../network';
import { isObject } from '../../../providers/wire';
import type { World } from '../world';
import type { PodChanges, PodConfiguration, PodMounts } from './configuration';

/** A pod's JSON in REST v2 (RunPod REST v2 OpenAPI, snapshot 2026-08-20: `Pod`, and its parts). */
export interface WirePod {
  id: string;
  name: string;
  /** A `PodStatusWord`, or a word set by a test. */
  status: string;
  actions: PodActionWord[];
  image: string;
  args: string;
  disk: number;
  env: Readonly<Record<string, string>>;
  ports: string[];
  registry: string | null;
  mounts: PodMounts;
  gpu?: { id: string; count: number; vcpuCount: number; memory: number };
  cpu?: { id: string; vcpuCount: number; memory: number };
  cloud: 'SECURE' | 'COMMUNITY';
  dataCenterId: string | null;
  cudaVersion: string | null;
  ssh: { proxy: SshEndpoint | null; direct: SshEndpoint | null };
  template: string | null;
  /** USD per hour. RunPod documents 0 for a pod that isn't running, but sends the price of its disk (field report), as here. */
  cost: number;
  locked: boolean;
  globalNetworking: { enabled: boolean; ip?: string; internalDns?: string };
  runtime: PodRuntime | null;
  createdAt: string;
  startedAt: string | null;
}

export type PodStatusWord = 'PROVISIONING' | 'STARTING' | 'RUNNING' | 'EXITED' | 'ERROR' | 'TERMINATED';
export type PodActionWord = 'start' | 'stop' | 'restart' | 'terminate';

interface SshEndpoint {
  host: string;
  port: number;
  username: string;
  command: string;
}

interface PodRuntime {
  /** s */
  uptime: number;
  gpus: { util: number; memoryUtil: number }[];
  cpu: { util: number };
  memory: { util: number };
  ports: { private: number; public: number | null; type: string; ip: string | null }[];
}

/** REST v2's status for each state of a simulated pod. It has none for a pod that is ending. */
export const STATUS_WORDS: Readonly<Record<PodState, PodStatusWord>> = {
  creating: 'PROVISIONING',
  provisioning: 'PROVISIONING',
  starting: 'STARTING',
  running: 'RUNNING',
  stopping: 'RUNNING',
  stopped: 'EXITED',
  exited: 'EXITED',
  failed: 'ERROR',
  terminating: 'RUNNING',
  preempted: 'TERMINATED',
  terminated: 'TERMINATED',
};

const ACTIONS: Readonly<Record<PodStatusWord, readonly PodActionWord[]>> = {
  PROVISIONING: ['stop', 'terminate'],
  STARTING: ['stop', 'terminate'],
  RUNNING: ['stop', 'restart', 'terminate'],
  EXITED: ['start', 'terminate'],
  ERROR: ['start', 'terminate'],
  TERMINATED: [],
};

/** Converts a simulated pod to REST v2's JSON. */
export function wirePod(pod: SimulatedPod, world: World): WirePod {
  const asked = configurationOf(pod);
  const changed = { ...asked, ...world.changes.get(pod.id) };
  const status = STATUS_WORDS[pod.state];
  const runtime = runtimeOf(pod, world);
  return {
    id: pod.id,
    name: changed.name,
    status: pod.shownAs ?? status,
    actions: [...ACTIONS[status]],
    image: changed.image ?? `template/${asked.templateId ?? 'none'}`,
    args: changed.args ?? '',
    disk: changed.disk ?? 20,
    env: changed.env ?? {},
    ports: changed.ports ?? [],
    registry: changed.registry ?? null,
    mounts: changed.mounts ?? {},
    ...computeOf(asked),
    cloud: asked.cloud ?? 'SECURE',
    dataCenterId: pod.region,
    cudaVersion: asked.gpu === undefined || asked.gpu.id.startsWith('AMD') ? null : '12.8',
    ssh: { proxy: proxySsh(pod), direct: directSsh(runtime) },
    template: asked.templateId ?? null,
    cost: costOf(pod, status, world),
    locked: changed.locked ?? false,
    globalNetworking: networkingOf(pod, changed.globalNetworking ?? false),
    runtime,
    createdAt: new Date(pod.createdAt).toISOString(),
    startedAt: pod.runningSince === null ? null : new Date(pod.runningSince).toISOString(),
  };
}

/** A pod's requested configuration. For a pod created directly in the cloud, it is derived from the cloud's record. */
export function configurationOf(pod: SimulatedPod): PodConfiguration {
  const kept = pod.extra['runpod'];
  // Only written by the routes of this folder.
  if (isObject(kept)) return kept as unknown as PodConfiguration;
  return {
    name: pod.name,
    image: pod.image ?? 'unknown',
    env: { ...pod.env },
    ports: pod.ports.map(({ port, protocol }) => `${port}/${protocol}`),
    ...(pod.gpu === null ? {} : { gpu: { id: pod.gpu, count: pod.gpuCount } }),
  };
}

export function portsOf({ ports = [] }: Pick<PodConfiguration, 'ports'>): PortRequest[] {
  return ports.map((text) => {
    const [port, protocol] = text.split('/');
    return { port: Number(port), protocol: protocol === 'http' ? 'http' : 'tcp' };
  });
}

/** Approximate: 62 GiB and 16 cores per GPU. */
function computeOf({ gpu, cpu }: PodConfiguration): Pick<WirePod, 'gpu' | 'cpu'> {
  if (gpu !== undefined) {
    const { id, count = 1 } = gpu;
    const memory = Math.max(62, FAKE_GPUS.find((type) => type.id === id)?.memoryGiB ?? 0);
    return { gpu: { id, count, vcpuCount: 16 * count, memory: memory * count } };
  }
  if (cpu === undefined) return {};
  const ramGbPerVcpu = FAKE_CPUS.find(({ id }) => id === cpu.id)?.ramGbPerVcpu ?? 1;
  return { cpu: { id: cpu.id, vcpuCount: cpu.vcpuCount, memory: Math.round(cpu.vcpuCount * ramGbPerVcpu) } };
}

function costOf(pod: SimulatedPod, status: PodStatusWord, { settings }: World): number {
  if (status === 'TERMINATED') return 0;
  return status === 'EXITED' || status === 'ERROR' ? (settings.simulator.diskHourlyPrice ?? 0) : pod.hourlyPrice;
}

/** Whether the host of a running pod has reported. */
export function hasReported(pod: SimulatedPod, { clock, settings }: World): boolean {
  return (
    pod.state === 'running' && pod.runningSince !== null && clock.now() - pod.runningSince >= settings.runtimeAfterMs
  );
}

function runtimeOf(pod: SimulatedPod, world: World): PodRuntime | null {
  if (!hasReported(pod, world) || pod.runningSince === null) return null;
  const asked: PodConfiguration & PodChanges = { ...configurationOf(pod), ...world.changes.get(pod.id) };
  return {
    uptime: Math.floor((world.clock.now() - pod.runningSince) / 1_000),
    gpus: Array.from({ length: asked.gpu === undefined ? 0 : (asked.gpu.count ?? 1) }, () => ({
      util: 0,
      memoryUtil: 0,
    })),
    cpu: { util: 0 },
    memory: { util: 1 },
    ports: portsOf(asked).map((port) => runtimePort(pod, port, world)),
  };
}

/** HTTP ports are reached through RunPod's proxy. Their entry here has an internal address (field report). */
function runtimePort(pod: SimulatedPod, port: PortRequest, { settings }: World): PodRuntime['ports'][number] {
  const address = publicAddress(pod, port, settings.endpoints);
  const ip = port.protocol === 'http' ? INTERNAL_NETWORK : address.host;
  const outside = port.protocol === 'http' ? 60_000 + (port.port % 1_000) : address.port;
  return { private: port.port, public: outside, type: port.protocol, ip };
}

function proxySsh({ id, state }: SimulatedPod): SshEndpoint | null {
  if (state === 'creating' || state === 'provisioning') return null;
  const username = `${id}-64410000`;
  return { host: 'ssh.runpod.io', port: 22, username, command: `ssh ${username}@ssh.runpod.io` };
}

function directSsh(runtime: PodRuntime | null): SshEndpoint | null {
  const port = runtime?.ports.find((candidate) => candidate.private === 22 && candidate.type === 'tcp');
  if (port === undefined || port.ip === null || port.public === null) return null;
  return { host: port.ip, port: port.public, username: 'root', command: `ssh root@${port.ip} -p ${port.public}` };
}

function networkingOf({ id }: SimulatedPod, enabled: boolean): WirePod['globalNetworking'] {
  return enabled ? { enabled, ip: '10.1.0.2', internalDns: `${id}.runpod.internal` } : { enabled };
}
