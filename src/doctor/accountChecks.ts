import { REAPER_VERSION } from '../reaper';
import { accountQueue, bound, brakeOf, counted, formatDuration, listNames, workflowQueue } from '../model';
import { broken, forEachAccount, forEachSurvey, hasNoWorker, holds, notChecked, settingsOf, unknown } from './check';
import type { Check, Result } from './check';
import type { AccountFacts, Facts } from './facts';

/** Sweeps in a row that may be missing: restarting a worker costs one or two. */
const SWEEPS_MISSED = 5;
/** What starting and finishing a sweep may take beside, ms. Matters only for sweeps less than a minute apart. */
const SLACK_MS = 30_000;

/** Without Temporal no claim starts, and none ends. */
export const temporal: Check = {
  name: 'temporal',
  meaning: 'Temporal answers and has the namespace',
  remedy: 'check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE; while Temporal is down, pods keep billing',
  judge: ({ deployment, namespace }) =>
    namespace.known
      ? [holds(deployment, `namespace ${namespace.value} answers`)]
      : [broken(deployment, `Temporal or its namespace is not there: ${namespace.why}`)],
};

/** Without a worker for workflows no claim makes progress, and nothing is swept. */
export const workers: Check = {
  name: 'workers',
  meaning: "a worker polls the deployment's workflow queue",
  remedy: 'start a worker of the deployment: podkeeper worker',
  judge: ({ deployment, hasWorker }) => {
    const queue = workflowQueue(deployment);
    if (!hasWorker.known) return [unknown(deployment, `the pollers of ${queue} can't be read: ${hasWorker.why}`)];
    if (hasWorker.value) return [holds(deployment, `a worker polls ${queue}`)];
    return [broken(deployment, `no worker polls ${queue}: claims wait, and nothing is swept`)];
  },
};

/** If no worker polls an account's queues, nothing can be rented there, and nothing there can be ended. */
export const lanes: Check = {
  name: 'lanes',
  meaning: 'a worker polls both queues of the account, spend and keep',
  remedy:
    'start a worker that has the account in its configuration; keep the account there until its claims have ended',
  needsWorker: true,
  judge: (facts) => forEachAccount(facts, (account) => [judgeLanes(account, facts)]),
};

function judgeLanes({ account, lanes: polled }: AccountFacts, { deployment, claims }: Facts): Result {
  if (!polled.known) return unknown(account, `the pollers of its queues can't be read: ${polled.why}`);
  const unpolled = (['spend', 'keep'] as const).filter((lane) => !polled.value[lane]);
  if (unpolled.length === 0) return holds(account, 'workers poll both of its queues');
  const queues = unpolled.map((lane) => accountQueue(deployment, account, lane)).join(' and ');
  const own = claims.known ? claims.value.claims.filter((claim) => claim.account === account) : [];
  const claimed =
    own.length === 0 ? 'no open claim is known on it' : `open claims: ${listNames(own.map(({ id }) => id))}`;
  return broken(account, `no worker polls ${queues}; ${claimed}`);
}

/** What the workers' credentials can see. This machine may have none. */
export const keys: Check = {
  name: 'keys',
  meaning: "a worker can list the account's pods, and finds those that living claims hold",
  remedy: 'give the workers a key of this account that can list and end pods, and restart them',
  needsWorker: true,
  judge: (facts) => forEachAccount(facts, (account) => [judgeKey(account)]),
};

function judgeKey(facts: AccountFacts): Result {
  const { account, dryRun } = facts;
  if (hasNoWorker(facts)) return notChecked(account, 'no worker for the account');
  if (!dryRun.known) return unknown(account, `no worker listed the pods: ${dryRun.why}`);
  const { survey, voidReason } = dryRun.value;
  if (survey === null) return broken(account, `a worker can't list its pods: ${voidReason ?? 'no reason was given'}`);
  const count = Object.values(survey.counts).reduce((sum, each) => sum + each, 0);
  return holds(account, `a worker lists ${counted(count, 'pod')} that may bill`);
}

/** The schedule of the account's sweeps. */
export const reaper: Check = {
  name: 'reaper',
  meaning: "the reaper's schedule exists, is of this version, and is not paused",
  remedy:
    "start a worker of this version that has the account, without reaper: false; unpause the schedule in Temporal's UI; if the schedule is newer, upgrade this command",
  judge: (facts) => forEachAccount(facts, (account) => [judgeReaper(account)]),
};

function judgeReaper({ account, reaper: state }: AccountFacts): Result {
  if (!state.known) return unknown(account, `its reaper's schedule can't be read: ${state.why}`);
  if (state.value === null) {
    return broken(account, 'it has no reaper: a pod whose workflow is lost bills until somebody notices');
  }
  const { isPaused, note, version } = state.value;
  if (isPaused) return broken(account, `its reaper is paused${note === null ? '' : ` (${note})`}`);
  if (version === REAPER_VERSION) return holds(account, 'its reaper exists and is not paused');
  const age = version < REAPER_VERSION ? 'an older' : 'a newer';
  return broken(account, `its reaper is of ${age} Podkeeper (version ${version}, here ${REAPER_VERSION})`);
}

/** A reaper whose sweeps fail ends nothing. */
export const lastSweep: Check = {
  name: 'last-sweep',
  meaning: `a sweep was complete within the last ${SWEEPS_MISSED} intervals`,
  remedy: 'find out why sweeps fail: usually the key, or no worker for the account; podkeeper reap runs one at once',
  judge: (facts) => forEachAccount(facts, (account) => [judgeSweeps(account, facts.now)]),
};

function judgeSweeps({ account, reaper: state }: AccountFacts, now: number): Result {
  if (!state.known) return unknown(account, `its sweeps can't be read: ${state.why}`);
  if (state.value === null) return broken(account, 'nothing sweeps it: it has no reaper');
  const { last, settings: used, installedAt, isSweeping } = state.value;
  const limit = SWEEPS_MISSED * (used?.sweepIntervalMs ?? 0) + SLACK_MS;
  const completeAt = last?.memory.completeAt ?? null;
  const age = Math.max(0, now - Date.parse(completeAt ?? installedAt));
  const ago = `${formatDuration(age)} ago`;
  const what = completeAt === null ? `none since it was installed ${ago}` : `the last one was ${ago}`;
  if (age <= limit) return holds(account, `complete sweeps: ${what}`);
  const why = last?.voidReason ?? (isSweeping ? 'one is running' : 'the last ones had no result');
  return broken(account, `complete sweeps: ${what} (${why})`);
}

/** The reaper stops when most pods of an account have no workflow. */
export const brake: Check = {
  name: 'brake',
  meaning: "the reaper's brake is off: it is on while most pods of the account have no workflow",
  remedy:
    'check that namespace and deployment are the right ones, and that nothing deletes the workflows of living claims; end by hand the pods that nobody owns',
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, (survey, { account }) => {
      const why = brakeOf(survey);
      return why === null ? holds(account, 'off') : broken(account, `on: ${why}`);
    }),
};

/** If the bound is longer than a claim's maxLifetime, a lost pod can cost more than the claim was to cost in all. */
export const settings: Check = {
  name: 'settings',
  meaning: 'if everything else fails, a pod ends within one more maxLifetime; claims that are shorter are named',
  remedy: "shorten overdueSlack, sweepInFlightGrace or sweepGrace in the workers' settings, or lengthen maxLifetime",
  judge: (facts) => forEachAccount(facts, (account) => [judgeSettings(account, facts)]),
};

function judgeSettings({ account }: AccountFacts, facts: Facts): Result {
  const used = settingsOf(facts, account);
  const longest = bound(used);
  const what = `at worst a pod bills ${formatDuration(longest)} longer than its claim`;
  if (longest > used.maxLifetimeMs) {
    return broken(account, `${what}, which exceeds the default maxLifetime of ${formatDuration(used.maxLifetimeMs)}`);
  }
  const claims = facts.claims.known ? facts.claims.value.claims.filter((claim) => claim.account === account) : [];
  const shorter = claims.flatMap(({ id, maxLifetimeMs }) =>
    maxLifetimeMs !== null && maxLifetimeMs < longest ? [`${id} (${formatDuration(maxLifetimeMs)})`] : [],
  );
  return holds(
    account,
    shorter.length === 0 ? what : `${what}, which exceeds the maxLifetime of ${listNames(shorter)}`,
  );
}
