import { dueFrom, formatDuration, listNames } from '../../model';
import type { Settings, Suspect, Survey } from '../../model';
import type { AccountFacts, Facts } from '../facts';
import { broken, holds } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachSurvey, settingsOf } from './subjects';

/** Sweeps that may pass after a pod is due: each tells only so many. */
const SWEEPS_LATE = 5;

/** Pods that no living claim answers for: awaiting their end is well, being past it is not. */
export const ownerless: Check = {
  name: 'ownerless',
  meaning: 'every pod without a living claim is within the time in which the reaper ends it',
  wayOut:
    'look at the sweeps and their alarms: podkeeper reap; where the provider refuses to end a pod, end it by hand',
  needsWorker: true,
  judge: (facts) => forEachSurvey(facts, (survey, account) => [judgeOwnerless(survey, account, facts)]),
};

function judgeOwnerless(survey: Survey, { account, reaper }: AccountFacts, facts: Facts): Verdict {
  const { now } = facts;
  const { overdue, orphan, owner_not_found: without } = survey.counts;
  const count = overdue + orphan + without;
  const state = reaper.known ? reaper.value : null;
  const suspects = (state?.last?.memory.suspects ?? []).filter(({ absence }) => absence === null);
  const late = suspects.flatMap((suspect) => lateness(suspect, settingsOf(facts, account), now));
  if (late.length > 0) return broken(account, listNames(late));
  if (count === 0) return holds(account, 'none');
  const what = `${overdue} overdue, ${orphan} orphan, ${without} owner_not_found`;
  if (state === null || state.isPaused) return broken(account, `${what}, and no reaper is there to end them`);
  const names = suspects.map(
    ({ id, firstSeenAt }) => `${id} (seen ${formatDuration(now - Date.parse(firstSeenAt))} ago)`,
  );
  return holds(account, `${what}; the reaper has them in hand${names.length === 0 ? '' : `: ${listNames(names)}`}`);
}

/** Why a pod that is still listed should be gone by now. */
function lateness(suspect: Suspect, settings: Settings, now: number): string[] {
  const { id, name, verdict, deleteAcceptedAt } = suspect;
  const [patience = 0] = settings.alarmAfterMs;
  if (deleteAcceptedAt !== null) {
    const since = now - Date.parse(deleteAcceptedAt);
    return since > patience ? [`${id} (${name}) accepted its delete ${formatDuration(since)} ago and is not gone`] : [];
  }
  // By the longer grace: which one holds, only the sweep knows.
  const late = now - dueFrom(suspect, 'provisioning', settings) - SWEEPS_LATE * settings.sweepIntervalMs;
  return late > 0 ? [`${id} (${name}) is ${verdict} and should have been ended by now`] : [];
}
