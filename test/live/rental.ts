import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isLiving } from '../../src/model';
import type { Pod } from '../../src/model';
import type { PodRequest, Provider } from '../../src/providers/contract';

/** What is rented, and for how long at most. */
export interface RentalLimits {
  /** From the create until the pod is healthy, ms. */
  healthyWithinMs: number;
  /** Between two looks, ms. */
  pollMs: number;
  /** How late the list may be, ms: absences count that are so far apart. */
  listLagMs: number;
  /** How long the clean-up goes on, ms. */
  cleanUpWithinMs: number;
  /** USD per hour; a dearer pod isn't rented. */
  mostPerHour: number;
}

/** What a rental came to. */
export interface Rental {
  name: string;
  pod: Pod;
  /** What was said before it began. */
  announcement: string;
}

/** What names of pods that live tests rent begin with. */
export const LIVE_PREFIX = 'podkeeper-live-';

/**
 * Rents a community RTX A4000 that serves on port 22/tcp, waits until that answers, and ends it. Says first what it can cost at most. Whatever happens,
 * also a signal to this process, it ends what bears the name, and returns only when nothing is left.
 *
 * @throws when no healthy pod came of it, or when something is left.
 */
export async function rentOnce(provider: Provider, limits: RentalLimits, say: (line: string) => void): Promise<Rental> {
  const name = `${LIVE_PREFIX}${randomBytes(6).toString('hex')}`;
  const announcement = await announce(provider, name, limits);
  say(announcement);
  const onSignal = (signal: NodeJS.Signals): void => {
    say(`${signal}: ending ${name}`);
    void sweep(provider, name, limits).finally(() => process.kill(process.pid, signal));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const created = await provider.spawn(requestFor(name), call(60_000));
    say(`${created.id} is created`);
    const pod = await healthy(provider, created.id, limits);
    say(`${pod.id} is healthy at ${pod.endpoints.map(({ url }) => url).join(', ')}`);
    return { name, pod, announcement };
  } finally {
    await sweep(provider, name, limits);
    say(`nothing is left of ${name}`);
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** A community RTX A4000 with an open port 22/tcp, on which something small answers. */
function requestFor(name: string): PodRequest {
  return {
    name,
    labels: {},
    gpu: 'a4000',
    gpuCount: 1,
    cpu: null,
    image: 'docker.io/library/python:3.12-slim',
    command: ['python', '-m', 'http.server', '22'],
    env: {},
    ports: [{ port: 22, protocol: 'tcp' }],
    health: { kind: 'tcp', port: 22 },
    cloudType: 'community',
    spot: false,
    regions: [],
    volumeGiB: null,
    diskGiB: 10,
    networkVolume: null,
    template: null,
    maxHourlyPrice: null,
    providerOptions: {},
    notAfter: null,
  };
}

async function announce(provider: Provider, name: string, limits: RentalLimits): Promise<string> {
  const types = (await provider.listGpuTypes?.(call(60_000))) ?? [];
  const type = types.find(({ canonical }) => canonical === 'a4000');
  const price = type?.offers?.find(({ cloudType }) => cloudType === 'community')?.hourlyPrice ?? null;
  if (price === null) throw new Error('no price is told for a community RTX A4000: nothing was rented');
  if (price > limits.mostPerHour) throw new Error(`a community RTX A4000 is $${price}/h: nothing was rented`);
  const minutes = (limits.healthyWithinMs + limits.cleanUpWithinMs) / 60_000;
  const cents = Math.ceil((price * 100 * minutes) / 60);
  return `renting ${name}, a community RTX A4000 at $${price}/h, for at most ${Math.ceil(minutes)} min: at most ${cents} cents`;
}

async function healthy(provider: Provider, id: string, limits: RentalLimits): Promise<Pod> {
  const deadline = Date.now() + limits.healthyWithinMs;
  let seen = 'nothing yet';
  while (Date.now() < deadline) {
    const pod = await provider.get(id, call(30_000)).catch((error: unknown) => {
      seen = String(error);
      return null;
    });
    if (pod !== null) seen = pod.statusDetail ?? pod.status;
    if (pod?.status === 'running' && (await answers(pod))) return pod;
    await pause(limits.pollMs);
  }
  throw new Error(`${id} was not healthy within ${limits.healthyWithinMs / 1_000} s: ${seen}`);
}

async function answers({ endpoints }: Pod): Promise<boolean> {
  const endpoint = endpoints.find(({ port }) => port === 22);
  if (endpoint === undefined) return false;
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host: endpoint.host, port: endpoint.externalPort, timeout: 5_000 });
    const settle = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}

/** Ends all that bears the name, until two complete lists, the list's lag apart, are without it. */
async function sweep(provider: Provider, name: string, limits: RentalLimits): Promise<void> {
  const deadline = Date.now() + limits.cleanUpWithinMs;
  let absentSince: number | null = null;
  let trouble = '';
  while (Date.now() < deadline) {
    try {
      const begun = Date.now();
      const left = (await provider.list({ name }, call(30_000))).filter(isLiving);
      await Promise.all(left.map(async ({ id }) => provider.terminate(id, call(30_000))));
      if (left.length > 0) absentSince = null;
      else absentSince ??= begun;
      if (absentSince !== null && begun - absentSince >= limits.listLagMs) return;
    } catch (error) {
      // Whatever it is, the next round may go through.
      trouble = String(error);
    }
    await pause(limits.pollMs);
  }
  throw new Error(`end ${name} by hand in RunPod's console: it could not be proven gone. ${trouble}`);
}

function call(timeoutMs: number): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(timeoutMs) };
}
