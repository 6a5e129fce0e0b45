import { counted, dueFrom, formatDuration, isReapable, listNames, parsePodName } from '../model';
import type { ClaimInfo, Settings, Survey, SurveyRow, Suspect } from '../model';
import { broken, forEachSurvey, holds, settingsOf, unknown } from './check';
import type { Check, Result } from './check';
import type { AccountFacts, Facts, OpenClaim } from './facts';

/** Sweeps that may pass after a pod is due: each sweep ends only so many pods. */
const SWEEPS_LATE = 5;
/** Prices that differ by less count as equal, USD per hour. */
const PRICE_TOLERANCE = 0.005;

/** A pod without a living claim may wait for its end, but not longer than the reaper needs. */
export const ownerless: Check = {
  name: 'ownerless',
  meaning: 'every pod without a living claim is within the time in which the reaper ends it',
  remedy: 'look at the sweeps and their alarms: podkeeper reap; if the provider refuses to end a pod, end it by hand',
  needsWorker: true,
  judge: (facts) => forEachSurvey(facts, (survey, account) => judgeOwnerless(survey, account, facts)),
};

function judgeOwnerless({ counts }: Survey, { account, reaper }: AccountFacts, facts: Facts): Result {
  const { now } = facts;
  const { overdue, orphan, owner_not_found: without } = counts;
  const state = reaper.known ? reaper.value : null;
  const suspects = (state?.last?.memory.suspects ?? []).filter(({ absence }) => absence === null);
  const late = suspects.flatMap((suspect) => lateness(suspect, settingsOf(facts, account), now));
  if (late.length > 0) return broken(account, listNames(late));
  if (overdue + orphan + without === 0) return holds(account, 'none');
  const what = `${overdue} overdue, ${orphan} orphan, ${without} owner_not_found`;
  if (state === null || state.isPaused) return broken(account, `${what}, and no reaper to end them`);
  const names = suspects.map(
    ({ id, firstSeenAt }) => `${id} (seen ${formatDuration(now - Date.parse(firstSeenAt))} ago)`,
  );
  return holds(account, `${what}; the reaper is ending them${names.length === 0 ? '' : `: ${listNames(names)}`}`);
}

/** Why a pod that is still listed should be gone by now. */
function lateness(suspect: Suspect, settings: Settings, now: number): string[] {
  const { id, name, verdict, deleteAcceptedAt } = suspect;
  const [patience = 0] = settings.alarmAfterMs;
  if (deleteAcceptedAt !== null) {
    const since = now - Date.parse(deleteAcceptedAt);
    return since > patience ? [`${id} (${name}) accepted its delete ${formatDuration(since)} ago and is not gone`] : [];
  }
  // The longer of the two graces: only the sweep knows which one applies.
  const late = now - dueFrom(suspect, 'provisioning', settings) - SWEEPS_LATE * settings.sweepIntervalMs;
  return late > 0 ? [`${id} (${name}) is ${verdict} and should have been ended by now`] : [];
}

/** The reaper never ends a pod whose owner it can't look up. */
export const unjudged: Check = {
  name: 'unjudged',
  meaning: 'Temporal answers for the owner of each pod of this deployment',
  remedy:
    "check the workers' connection to Temporal and its namespace; until Temporal answers, these pods are neither cleared nor ended",
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts, rows }, { account }) => {
      if (counts.unknown === 0) return holds(account, 'every pod of this deployment has a verdict');
      const unjudgedRows = rows.filter(({ verdict }) => verdict === 'unknown');
      const names = listNames(unjudgedRows.map(({ name }) => name));
      const [first] = unjudgedRows;
      const why = first === undefined ? '' : ` (${first.evidence})`;
      return broken(account, `no verdict on ${counted(counts.unknown, 'pod')}: ${names}${why}`);
    }),
};

/** Two deployments of one name on one account: people can't tell whose pods are whose. */
export const otherControlPlane: Check = {
  name: 'other-control-plane',
  meaning: 'no other Temporal namespace has a deployment of this name on the account',
  remedy: 'rename one of the two deployments, or end by hand the pods that a lost Temporal left behind',
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts, otherControlPlane: names }, { account }) => {
      const count = counts.other_control_plane;
      if (count === 0) return holds(account, 'none');
      const pods = counted(count, 'pod');
      return broken(account, `${pods} of deployment ${facts.deployment} on another control plane: ${listNames(names)}`);
    }),
};

/** For information: who else uses the account. */
export const foreign: Check = {
  name: 'foreign',
  meaning: 'always: it counts the pods of others, which Podkeeper never touches',
  remedy: 'nothing to do',
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts }, { account }) =>
      holds(account, `${counted(counts.foreign, 'pod')} of others, left alone`),
    ),
};

/** What the account's own pods bill by the provider's list, against what the open claims meter. */
export const money: Check = {
  name: 'money',
  meaning: "the open claims meter what their pods cost by the provider's list",
  remedy: 'look at the claims of the pods named: podkeeper get; a claim ends a second pod of its own within one poll',
  needsWorker: true,
  judge: (facts) => forEachSurvey(facts, (survey, { account }) => judgeMoney(account, survey, facts)),
};

function judgeMoney(account: string, { hourlyPrice, rows }: Survey, { claims }: Facts): Result {
  const listed = `${perHour(hourlyPrice)} by the list`;
  if (!claims.known) return unknown(account, `${listed}; the claims can't be listed: ${claims.why}`);
  const own = claims.value.claims.filter((claim) => claim.account === account);
  const infos = own.flatMap(({ info }) => (info.known ? [info.value] : []));
  const ownerlessPrice = rows.reduce((sum, row) => sum + (isReapable(row.verdict) ? (row.hourlyPrice ?? 0) : 0), 0);
  const metered = infos.reduce((sum, info) => sum + meteredBy(info), 0);
  const what = `${listed} (${perHour(ownerlessPrice)} of it ownerless), ${perHour(metered)} metered by ${infos.length} of ${own.length} open claims`;
  const living = rows.filter(({ verdict }) => verdict === 'alive');
  const unmetered = living.filter((row) => isUnmetered(row, own)).map(({ name }) => name);
  if (unmetered.length > 0) {
    return broken(account, `${what}; not metered, or below the list's price: ${listNames(unmetered)}`);
  }
  return infos.length < own.length ? unknown(account, what) : holds(account, what);
}

/** USD per hour, of all pods of a claim that aren't proven gone. */
function meteredBy({ attempts }: ClaimInfo): number {
  const billing = attempts.filter(({ podId, absentSince }) => podId !== null && absentSince === null);
  return billing.reduce((sum, { hourlyPrice }) => sum + (hourlyPrice ?? 0), 0);
}

/** Whether a listed pod costs more than its claim meters. A claim that doesn't answer, or has a create under way, doesn't count. */
function isUnmetered(row: SurveyRow, claims: readonly OpenClaim[]): boolean {
  const claim = claims.find(({ id }) => id === parsePodName(row.name)?.claim);
  // Without a claim: it has ended since.
  if (claim === undefined || !claim.info.known) return false;
  const { attempts } = claim.info.value;
  if (attempts.some(({ outcome }) => outcome === 'sending' || outcome === 'unknown')) return false;
  const attempt = attempts.find(({ podId }) => podId === row.id);
  if (attempt === undefined) return true;
  return attempt.absentSince === null && (row.hourlyPrice ?? 0) > (attempt.hourlyPrice ?? 0) + PRICE_TOLERANCE;
}

/** USD per hour, to the cent. */
function perHour(price: number): string {
  return `$${price.toFixed(2)}/h`;
}
