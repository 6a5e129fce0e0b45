import { PodkeeperError } from '../../../model';
import { WIRE_FAULT_KINDS, WIRE_OPERATIONS } from './faults';
import type { WireFault, WireInjection, WireMatch, WireOperation } from './faults';

/** The part of a request that faults are matched against. */
export interface WireRequest {
  /** The operation; `null` for an unknown path. */
  operation: WireOperation | null;
  /** The method, in upper case. */
  method: string;
  /** The path with its query. */
  path: string;
}

/** Controls the wire faults of a fake cloud. */
export class WireFaults {
  private readonly pending: Pending[] = [];
  private readonly ports: Ports;

  constructor(ports: Ports) {
    this.ports = ports;
  }

  /**
   * Adds wire faults. If several match a request, the one added first applies. Each counts the requests that it skips.
   *
   * @throws PodkeeperError `validation` for an unknown operation or an invalid count
   */
  inject(...injections: readonly WireInjection[]): void {
    for (const injection of injections) check(injection);
    this.pending.push(
      ...injections.map((injection) => ({ injection, left: injection.count ?? 1, passing: injection.after ?? 0 })),
    );
  }

  /** The faults that haven't been used up, with their remaining `count` and `after`. */
  injections(): WireInjection[] {
    return this.pending.map(({ injection, left, passing }) => ({ ...injection, count: left, after: passing }));
  }

  /** Removes all wire faults. Calls that already hang keep hanging. */
  clear(): void {
    this.pending.length = 0;
  }

  /** Refuses new connections and closes open ones. Resolves when the ports are closed. */
  async refuseConnections(): Promise<void> {
    await this.ports.close();
  }

  /** Accepts connections again, at the same addresses. */
  async acceptConnections(): Promise<void> {
    await this.ports.open();
  }

  /** The fault for a request. Called once per request, in the order in which their headers arrive. */
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

/** Opens and closes the fake cloud's ports. */
export interface Ports {
  close: () => Promise<void>;
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
  // Not `test`: with the flag `g` its result depends on the previous call.
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
