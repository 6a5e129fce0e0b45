import { formatDuration } from '../../model';
import type { SweepMemory } from '../../model';
import type { ReaperState } from '../../reaper';
import { broken, holds, unknown } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachAccount } from './subjects';

/** Sweeps in a row that may be missing before it is told: a worker that was restarted costs one or two. */
const SWEEPS_MISSED = 5;
/** For sweeps close together: what a busy Temporal takes to start one and a worker to finish it, ms. */
const SLACK_MS = 30_000;

/** A reaper that never sees anything ends nothing. */
export const lastSweep: Check = {
  name: 'last-sweep',
  meaning: `a complete sweep came about within the last ${SWEEPS_MISSED} intervals`,
  wayOut: 'see why sweeps are void: usually the key, or no worker for the account; podkeeper reap shows one at once',
  judge: (facts) =>
    forEachAccount(facts, ({ account, reaper }) => {
      if (!reaper.known) return [unknown(account, `its sweeps can't be read: ${reaper.why}`)];
      if (reaper.value === null) return [broken(account, 'nobody sweeps it: it has no reaper')];
      return [judgeSweeps(account, reaper.value, facts.now)];
    }),
};

function judgeSweeps(account: string, state: ReaperState, now: number): Verdict {
  const { last, settings, installedAt, isSweeping } = state;
  const limit = SWEEPS_MISSED * (settings?.sweepIntervalMs ?? 0) + SLACK_MS;
  const memory: Pick<SweepMemory, 'completeAt'> = last?.memory ?? { completeAt: null };
  const since = memory.completeAt ?? installedAt;
  const age = formatDuration(Math.max(0, now - Date.parse(since)));
  const what = memory.completeAt === null ? `none since it was installed ${age} ago` : `the last one was ${age} ago`;
  if (now - Date.parse(since) <= limit) return holds(account, `complete sweeps: ${what}`);
  const why = last?.voidReason ?? (isSweeping ? 'one is under way' : 'the last ones came to no result');
  return broken(account, `complete sweeps: ${what} (${why})`);
}
