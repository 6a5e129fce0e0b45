import { PodkeeperError } from '../../model';
import type { Clock } from '../../model';
import { SimulatedCloud } from '../../simulator';
import type { Fault, SimulatedCloudOptions } from '../../simulator';

/** A cloud in virtual time. Its calls never wait. */
export class VirtualCloud extends SimulatedCloud {
  /** @throws PodkeeperError `unsupported` for options that make calls take time; `validation`, naming the option. */
  constructor(options: Omit<SimulatedCloudOptions, 'clock'>, clock: Clock) {
    checkVirtualCloud(options);
    super({ ...options, clock: { ...asClock(clock), sleep: async () => await Promise.reject(takesTime('a call')) } });
  }

  /** @throws PodkeeperError `unsupported` for a fault that takes time; `validation`, naming the field. */
  override inject(...faults: Fault[]): void {
    refuseSlow(faults);
    super.inject(...faults);
  }
}

/** @throws PodkeeperError `unsupported` for options that make calls take time. */
export function checkVirtualCloud({ latencyMs = 0, faults = [] }: Omit<SimulatedCloudOptions, 'clock'>): void {
  const latencies = typeof latencyMs === 'number' ? [latencyMs] : Object.values(latencyMs);
  if (latencies.some((ms) => ms > 0)) throw takesTime('cloud.latencyMs');
  refuseSlow(faults);
}

function refuseSlow(faults: readonly Fault[]): void {
  for (const fault of faults) {
    if (fault.kind === 'slow') throw takesTime('fault.kind: slow');
    if ('hangs' in fault && fault.hangs === true) throw takesTime('fault.hangs');
  }
}

/** Binds the methods: a copy of a class instance wouldn't have them. */
function asClock(clock: Clock): Clock {
  return { now: () => clock.now(), refresh: async () => await clock.refresh?.() };
}

function takesTime(what: string): PodkeeperError {
  return new PodkeeperError(
    'unsupported',
    `${what}: a call that takes time stops virtual time, since its activity runs meanwhile. ` +
      'Use a fault that fails or takes effect later (no_answer, late_commit, list_lag), or the dev server: startDevServer() of podkeeper/testing',
  );
}
