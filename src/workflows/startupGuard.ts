import { sleep } from '@temporalio/workflow';
import { formatDuration } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import type { Lease } from './lease';
import { EXPLAIN_TIMEOUT_MS } from './proxies';
import type { Tenancy } from './tenancy';
import type { Terms } from './terms';

/** What the guard depends on. */
interface Parts {
  terms: Terms;
  course: Course;
  attempts: Attempts;
  tenancy: Tenancy;
  lease: Lease;
}

/** Decides the end when no pod is healthy in time. */
export async function guardStartup({ terms, course, attempts, tenancy, lease }: Parts): Promise<void> {
  const { startupDeadline: startup, lifetimeDeadline: lifetime } = terms;
  const deadline = Math.min(startup, lifetime);
  const isOver = () => course.phase === 'healthy' || course.isEnding;
  const ahead = Math.max(0, deadline - Date.now());
  // Requested a moment earlier, so that the end doesn't wait for the explanation.
  const early = Math.min(EXPLAIN_TIMEOUT_MS, Math.floor(ahead / 4));
  await sleep(Math.max(1, ahead - early), { summary: 'Until healthy, or the claim fails' });
  if (isOver()) return;
  let findings = '';
  if (tenancy.held !== null && startup < lifetime) {
    void tenancy.explanation(tenancy.held).then((text) => {
      findings = text;
    });
  }
  await sleep(Math.max(1, deadline - Date.now()), { summary: 'The last moment to become healthy' });
  if (isOver()) return;
  if (lifetime <= startup) return lease.endByLifetime();
  const pod = tenancy.held?.pod ?? null;
  // The latest create may have no answer yet. For a held pod, the attempt's message is about its create and not the reason any more.
  const latest = pod === null ? attempts.all.findLast(({ message }) => message !== null) : undefined;
  const why = pod === null ? 'no pod was created' : `pod ${pod.id} never became healthy${findings}`;
  const limit = formatDuration(startup - terms.claimedAt);
  course.fail(latest?.kind ?? 'timeout', `not healthy within startupTimeout ${limit}: ${latest?.message ?? why}`);
}
