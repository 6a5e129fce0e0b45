import { messageOf } from '../model';
import { SimulatedFailure } from './failure';
import type { MetFaults, OutcomeFault } from './faultBook';
import type { CallOptions, Operation } from './operations';
import type { World } from './world';

/** One call of the cloud's API. */
export interface Call<T> {
  operation: Operation;
  options: CallOptions;
  /** The subject for the call records. */
  subject: string | null;
  /** The name of the call's pod, which faults are matched against. */
  podName?: (world: World) => string | undefined;
  /** Carries out the call. `sentAt`: when it was sent, ms since 1970. */
  effect: (world: World, met: MetFaults, sentAt: number) => T;
  /** Only for a create: carries it out `lateMs` later. */
  later?: (world: World, lateMs: number, sentAt: number) => void;
}

type Sent<T> = Call<T> & { sentAt: number };
type Answer<T> = { value: T } | { failure: SimulatedFailure; hangs: boolean };

/**
 * Carries out a call: waits half of its latency, then checks the credential, applies faults and the effect at once, then waits the other half.
 *
 * @throws SimulatedFailure, or the error that `beforeSend` throws
 */
export async function exchange<T>(call: Call<T>, current: () => World): Promise<T> {
  const { operation, options, subject } = call;
  const world = current();
  const { clock } = world.options;
  const waits = new CallWaits(world, current, options.signal);
  if (clock.refresh !== undefined) await clock.refresh();
  waits.check();
  const sentAt = world.now();
  const latencyMs = world.latency(operation);
  if (latencyMs > 0) {
    await waits.take(latencyMs / 2);
    if (clock.refresh !== undefined) await clock.refresh();
    waits.check();
  }
  options.beforeSend?.();
  const record = world.record(operation, subject, world.credentials.nameOf(options.credential));
  const { answer, met } = arrive({ ...call, sentAt }, world);
  record.faults = [met.slow, met.lag, met.omits, met.empty, met.hides, met.hidden, met.outcome].flatMap(
    (fault) => fault?.kind ?? [],
  );
  waits.executed = 'value' in answer || answer.failure.executed;
  record.executed = waits.executed;
  try {
    await waits.take(latencyMs / 2 + (met.slow?.byMs ?? 0));
    if ('failure' in answer && answer.hangs) await waits.take(Infinity);
    if ('failure' in answer) throw answer.failure;
    record.outcome = 'ok';
    return answer.value;
  } catch (error) {
    record.outcome = error instanceof SimulatedFailure ? error.code : null;
    throw error;
  }
}

function arrive<T>(call: Sent<T>, world: World): { answer: Answer<T>; met: MetFaults } {
  let met: MetFaults = {};
  try {
    const now = world.now();
    world.countCall(now);
    world.credentials.check(call.options.credential ?? null, now);
    met = world.faults.meet(call.operation, call.podName?.(world), now);
    return {
      answer:
        met.outcome === undefined
          ? { value: call.effect(world, met, call.sentAt) }
          : carryOut(call, world, met, met.outcome),
      met,
    };
  } catch (error) {
    if (error instanceof SimulatedFailure) return { answer: { failure: error, hangs: false }, met };
    throw error;
  }
}

function carryOut<T>(call: Sent<T>, world: World, met: MetFaults, fault: OutcomeFault): Answer<T> {
  switch (fault.kind) {
    case 'executed_then_no_answer':
      return noAnswer(hasEffect(call, world, met), fault.hangs);
    case 'executed_then_error':
      return internal(hasEffect(call, world, met), fault.message);
    case 'error':
      return internal(false, fault.message);
    case 'no_answer':
      return noAnswer(false, fault.hangs);
    case 'refused': {
      const { code, message = `refused by a fault: ${code}`, retryAfterMs = null } = fault;
      return { failure: new SimulatedFailure(code, message, { retryAfterMs }), hangs: false };
    }
    case 'late_commit':
      call.later?.(world, fault.lateMs, call.sentAt);
      return fault.answer === 'internal' ? internal(true) : noAnswer(true, fault.hangs);
    case 'not_found_then_back':
      return { failure: new SimulatedFailure('not_found', `there is no pod ${call.subject ?? ''}`), hangs: false };
    case 'busy_until':
      return { failure: new SimulatedFailure('busy', `pod ${call.subject ?? ''} can't be ended yet`), hangs: false };
    case 'gone_but_alive':
    case 'terminate_ignored':
      return { value: call.effect(world, met, call.sentAt) };
  }
}

/** Carries out a call's effect. Returns whether it had one: the cloud may have refused it. */
function hasEffect<T>(call: Sent<T>, world: World, met: MetFaults): boolean {
  try {
    call.effect(world, met, call.sentAt);
    return true;
  } catch (error) {
    if (error instanceof SimulatedFailure) return false;
    throw error;
  }
}

function internal(executed: boolean, message = 'an internal error'): Answer<never> {
  return { failure: new SimulatedFailure('internal', message, { executed }), hangs: false };
}

function noAnswer(executed: boolean, hangs = false): Answer<never> {
  return { failure: new SimulatedFailure('no_answer', 'no answer came', { executed }), hangs };
}

/** The waits of one call. Each may be interrupted by the caller's signal or a reset. */
export class CallWaits {
  executed = false;
  private readonly world: World;
  private readonly current: () => World;
  private readonly signal: AbortSignal | undefined;

  constructor(world: World, current: () => World, signal: AbortSignal | undefined) {
    this.world = world;
    this.current = current;
    this.signal = signal;
  }

  /** @throws SimulatedFailure `no_answer`, if the call was aborted or the cloud was reset */
  check(): void {
    const { executed } = this;
    if (this.signal?.aborted === true) {
      throw new SimulatedFailure('no_answer', `the call was aborted: ${messageOf(this.signal.reason)}`, { executed });
    }
    if (this.current() !== this.world) {
      throw new SimulatedFailure('no_answer', 'the cloud was reset during the call', { executed });
    }
  }

  async take(ms: number): Promise<void> {
    if (ms === 0) return;
    try {
      await this.world.options.clock.sleep(ms, this.signal);
    } catch (error) {
      this.check();
      throw error;
    }
    this.check();
  }
}
