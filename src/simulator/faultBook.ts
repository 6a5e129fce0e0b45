import { fitsName } from './checks';
import { checkFault } from './faultChecks';
import type { BusyUntil, Fault, ListLag, ListOmits, ListEmpty, ListHides, NotFoundThenBack, Slow } from './faults';
import type { Operation } from './operations';

/** A fault that replaces a call's answer. */
export type OutcomeFault = Exclude<Fault, ListLag | ListOmits | ListEmpty | ListHides | Slow>;

/** The faults that apply to one call: at most one of each group. */
export interface MetFaults {
  outcome?: OutcomeFault;
  slow?: Slow;
  lag?: ListLag;
  omits?: ListOmits;
  empty?: ListEmpty;
  hides?: ListHides;
  hidden?: NotFoundThenBack;
}

interface Pending {
  fault: Fault;
  /** Number of calls that it still skips. */
  after: number;
  /** Number of calls to which it still applies. */
  count: number;
}

/** The faults that haven't been used up. */
export class FaultBook {
  private pending: Pending[] = [];

  /** @throws PodkeeperError `validation`, naming the field; no fault is added then */
  add(faults: readonly Fault[], now: number, path = 'faults'): void {
    for (const [index, fault] of faults.entries()) checkFault(fault, `${path}[${index}]`);
    const dated = faults.map((fault) => withMoment(fault, now));
    this.pending.push(...dated.map((fault) => ({ fault, after: fault.after ?? 0, count: countOf(fault) })));
  }

  /** The remaining faults, with their remaining `after` and `count`. */
  left(now: number): Fault[] {
    this.dropPast(now);
    return this.pending.map(({ fault, after, count }) => ({ ...fault, after, count }));
  }

  clear(): void {
    this.pending = [];
  }

  /**
   * The faults for a call. Every matching fault counts the call. It is skipped `after` times; then the first fault of each group applies.
   *
   * @param name the name of the call's pod
   */
  meet(operation: Operation, name: string | undefined, now: number): MetFaults {
    this.dropPast(now);
    const met: MetFaults = {};
    for (const entry of this.pending) {
      const { fault } = entry;
      if (!isFor(fault, operation, name)) continue;
      if (entry.after > 0) {
        entry.after -= 1;
        continue;
      }
      if (join(met, fault, operation)) entry.count -= 1;
    }
    this.pending = this.pending.filter(({ count }) => count > 0);
    return met;
  }

  private dropPast(now: number): void {
    this.pending = this.pending.filter(({ fault }) => !isTimed(fault) || (fault.until ?? Infinity) > now);
  }
}

/** Adds the fault. Returns false if another fault of its group already applies. */
function join(met: MetFaults, fault: Fault, operation: Operation): boolean {
  switch (fault.kind) {
    case 'slow':
      return joinAs('slow', fault, met);
    case 'list_lag':
      return joinAs('lag', fault, met);
    case 'list_omits':
      return joinAs('omits', fault, met);
    case 'list_empty':
      return joinAs('empty', fault, met);
    case 'list_hides':
      return joinAs('hides', fault, met);
    case 'not_found_then_back':
      return joinAs(operation === 'list' ? 'hidden' : 'outcome', fault, met);
    case 'executed_then_no_answer':
    case 'executed_then_error':
    case 'error':
    case 'no_answer':
    case 'refused':
    case 'late_commit':
    case 'gone_but_alive':
    case 'terminate_ignored':
    case 'busy_until':
      return joinAs('outcome', fault, met);
  }
}

function joinAs<Group extends keyof MetFaults>(
  group: Group,
  fault: NonNullable<MetFaults[Group]>,
  met: MetFaults,
): boolean {
  if (met[group] !== undefined) return false;
  met[group] = fault;
  return true;
}

function isFor(fault: Fault, operation: Operation, name: string | undefined): boolean {
  if (!operationsOf(fault).includes(operation)) return false;
  const pattern = 'name' in fault ? fault.name : undefined;
  if (pattern === undefined || operation === 'list') return true;
  return name !== undefined && fitsName(pattern, name);
}

function operationsOf(fault: Fault): readonly Operation[] {
  switch (fault.kind) {
    case 'late_commit':
      return ['create'];
    case 'list_lag':
    case 'list_omits':
    case 'list_empty':
    case 'list_hides':
      return ['list'];
    case 'gone_but_alive':
    case 'terminate_ignored':
    case 'busy_until':
      return ['terminate'];
    case 'not_found_then_back':
      return listed(fault.on ?? ['get', 'terminate', 'list']);
    case 'executed_then_no_answer':
    case 'executed_then_error':
    case 'error':
    case 'no_answer':
    case 'refused':
    case 'slow':
      return listed(fault.on);
  }
}

function listed(on: Operation | readonly Operation[]): readonly Operation[] {
  return typeof on === 'string' ? [on] : on;
}

function withMoment(fault: Fault, now: number): Fault {
  if (!isTimed(fault) || fault.forMs === undefined) return fault;
  const { forMs, ...rest } = fault;
  return { ...rest, until: now + forMs };
}

/** Whether a fault ends at a time, not after a number of calls. */
function isTimed(fault: Fault): fault is BusyUntil | ListHides {
  return fault.kind === 'busy_until' || fault.kind === 'list_hides';
}

function countOf(fault: Fault): number {
  return fault.count ?? (isTimed(fault) ? Infinity : 1);
}
