import { PodkeeperError } from '../../../model';
import { WIRE_FAULT_KINDS, WIRE_OPERATIONS } from './faults';
import type { WireFault, WireInjection, WireMatch, WireOperation } from './faults';

/** A request as faults see it. */
export interface WireRequest {
  /** `null` for a path that nobody serves. */
  operation: WireOperation | null;
  /** In capitals. */
  method: string;
  /** With its query. */
  path: string;
}

/** The hand on the wire of a fake cloud. */
export class WireFaults {
  private readonly pending: Pending[] = [];
  private readonly door: Door;

  constructor(door: Door) {
    this.door = door;
  }

  /**
   * Makes the wire fail. Of several injections that fit a request the one that was given first hits; each counts for itself what it lets through.
   *
   * @throws PodkeeperError `validation` for an unknown operation, or a count that is none
   */
  inject(...injections: readonly WireInjection[]): void {
    for (const injection of injections) check(injection);
    this.pending.push(
      ...injections.map((injection) => ({ injection, left: injection.count ?? 1, passing: injection.after ?? 0 })),
    );
  }

  /** What is still to come; `count` and `after` are what is left of them. */
  injections(): WireInjection[] {
    return this.pending.map(({ injection, left, passing }) => ({ ...injection, count: left, after: passing }));
  }

  /** Mends the wire. Calls that hang already go on hanging. */
  clear(): void {
    this.pending.length = 0;
  }

  /** Closes the door: new connections are refused, and open ones are cut. @returns when nobody listens any more */
  async refuseConnections(): Promise<void> {
    await this.door.shut();
  }

  /** Opens the door again, at the same addresses. */
  async acceptConnections(): Promise<void> {
    await this.door.open();
  }

  /** The fault that hits a request. Asked once a request, in the order in which their headers arrive. */
  take(request: WireRequest): WireFault | null {
    let hit: Pending | null = null;
    for (const pending of this.pending) {
      if (!fits(pending.injection.on, request)) continue;
      if (pending.passing > 0) pending.passing -= 1;
      else hit ??= pending;
    }
    if (hit === null) return null;
    hit.left -= 1;
    if (hit.left <= 0) this.pending.splice(this.pending.indexOf(hit), 1);
    return hit.injection.fault;
  }
}

/** Where callers come in. */
export interface Door {
  shut: () => Promise<void>;
  open: () => Promise<void>;
}

interface Pending {
  injection: WireInjection;
  left: number;
  passing: number;
}

function fits(on: WireMatch, { operation, method, path }: WireRequest): boolean {
  if (on === 'any') return true;
  if (typeof on === 'string') return on === operation || (on === 'list' && operation === 'next_page');
  // Not `test`, which remembers where a global pattern stood.
  return (on.method === undefined || on.method.toUpperCase() === method) && path.search(on.path) !== -1;
}

function check({ on, fault, count = 1, after = 0 }: WireInjection): void {
  if (typeof on === 'string' && on !== 'any' && !WIRE_OPERATIONS.includes(on)) {
    throw invalid('on', `must be 'any', { method, path }, or one of ${WIRE_OPERATIONS.join(', ')}`);
  }
  if (!WIRE_FAULT_KINDS.includes(fault.kind))
    throw invalid('fault.kind', `must be one of ${WIRE_FAULT_KINDS.join(', ')}`);
  if (!(count === Infinity || (Number.isSafeInteger(count) && count > 0))) {
    throw invalid('count', 'must be a whole number above 0, or Infinity');
  }
  if (!(Number.isSafeInteger(after) && after >= 0)) throw invalid('after', 'must be a whole number, 0 or more');
}

function invalid(field: string, rule: string): PodkeeperError {
  return new PodkeeperError('validation', `wire fault: ${field} ${rule}`, {
    details: [{ path: field, message: rule }],
  });
}
