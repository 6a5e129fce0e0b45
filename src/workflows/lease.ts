import { condition } from '@temporalio/workflow';
import { formatDuration, idleDeadline, iso, isoOrNull } from '../model';
import type { TouchResult } from '../model';
import type { Course } from './course';
import type { Terms } from './terms';

/** Until when a claim is used. */
export interface LeaseState {
  /** ms since 1970. When it first became healthy. */
  healthyAt: number | null;
  /** ms since 1970. The last touch. */
  touchedAt: number | null;
}

export function newLease(): LeaseState {
  return { healthyAt: null, touchedAt: null };
}

/** Ends a claim that nobody uses, or that has lived for long enough. */
export class Lease {
  private readonly state: LeaseState;
  private readonly terms: Terms;
  private readonly course: Course;

  constructor(state: LeaseState, { terms, course }: { terms: Terms; course: Course }) {
    this.state = state;
    this.terms = terms;
    this.course = course;
  }

  begin(): void {
    this.state.healthyAt = Date.now();
  }

  /** Renews the lease: the idle timeout starts again. */
  touch(): TouchResult {
    this.state.touchedAt = Date.now();
    const { idle, lifetime } = this.deadlines;
    return {
      idleDeadline: isoOrNull(idle === null ? null : Math.min(idle, lifetime)),
      lifetimeDeadline: iso(lifetime),
    };
  }

  /** ms since 1970; `idle` is `null` without an idle timeout, or before the claim is healthy. */
  get deadlines(): { idle: number | null; lifetime: number } {
    return { idle: idleDeadline(this.state, this.terms.admission), lifetime: this.terms.lifetimeDeadline };
  }

  /** Decides the end at a deadline. One timer, set again only when it fires: a touch moves the deadline, not the timer. */
  async enforce(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { idle, lifetime } = this.deadlines;
      const nearest = Math.min(idle ?? Infinity, lifetime);
      if (nearest > Date.now()) {
        const summary = nearest === lifetime ? 'Ends at the latest' : 'Ends if nobody touches it';
        await condition(isOver, nearest - Date.now(), { summary });
      } else if (lifetime <= Date.now()) this.endByLifetime();
      else {
        const timeout = formatDuration(this.terms.admission.spec.idleTimeoutMs ?? 0);
        this.course.decideEnd('idle', `idle for ${timeout}: nobody touched it`);
      }
    }
  }

  endByLifetime(): void {
    const lifetime = formatDuration(this.terms.lifetimeDeadline - this.terms.claimedAt);
    this.course.decideEnd('lifetime', `maxLifetime ${lifetime} is over`);
  }
}
