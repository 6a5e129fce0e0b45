import { ApplicationFailure } from '@temporalio/activity';
import {
  MAX_ROWS,
  MAX_TRACKED,
  MAX_NAMES_LISTED,
  VERDICTS,
  concurrently,
  isReapable,
  isLiving,
  judgeName,
  judgeOwner,
  listNames,
  parsePodName,
  workflowIdOf,
} from '../model';
import type {
  Judgement,
  Owner,
  OwnerFacts,
  Pod,
  PodIdentity,
  Settings,
  Survey,
  SurveyInput,
  SurveyOutcome,
  SurveyRow,
  Verdict,
} from '../model';
import type { Account, PodList } from '../accounts';
import { lifeOf } from './identity';
import { lagsOf } from './matching';
import { kindOf, needsAlarm, providerCall, textOf } from './providerCall';

/** The dependencies of the reaper's activities, beside the account. */
export interface SweepDependencies {
  identity: PodIdentity;
  /** Looks up a workflow by its id, never by a run's. Does not reject. */
  ownerOf: (workflowId: string) => Promise<OwnerFacts>;
  /**
   * Names of pods that living claims of an account hold and that its list must show by now. Some of them are enough; none where Temporal
   * can't say. Does not reject.
   */
  heldPods: (account: string, listLagMs: number) => Promise<string[]>;
}

/** Look-ups of owners in flight. More would only queue up in Temporal's rate limits. */
const OWNERS_AT_ONCE = 32;

/**
 * Lists the cloud first and looks up the owners after that, so that no pod is younger than the answer about its owner. Only a complete list
 * counts, and only one that shows at least one of the pods that living claims hold.
 */
export async function surveyPods(
  account: Account,
  input: SurveyInput,
  dependencies: SweepDependencies,
): Promise<SurveyOutcome> {
  return await providerCall(input.settings, account.clock, async (call) => {
    let listed: PodList;
    try {
      listed = await account.listBegunAfterNow(call.cancellation, 'list');
    } catch (error) {
      const kind = kindOf(error);
      if (needsAlarm('read', error, [])) return { outcome: 'void', kind, message: textOf(error) };
      throw ApplicationFailure.create({ type: kind, message: textOf(error) });
    }
    const rows = await judgeAll(listed.pods.filter(isLiving), input, dependencies);
    const blindness = rows.some(({ verdict }) => verdict === 'alive')
      ? null
      : await blindnessOf(account, input.settings, listed.pods, dependencies);
    if (blindness !== null) return { outcome: 'void', kind: 'provider', message: blindness };
    return { outcome: 'surveyed', survey: surveyOf(rows, listed, lagsOf(account, input.settings), input) };
  });
}

/** Judges pods. The owner of several pods is looked up once. */
export async function judgeAll(
  pods: readonly Pod[],
  { now, settings }: Pick<SurveyInput, 'now' | 'settings'>,
  { identity, ownerOf }: SweepDependencies,
): Promise<SurveyRow[]> {
  const owners = new Map<string, Promise<Owner>>();
  const times = { now: Date.parse(now), overdueSlackMs: settings.overdueSlackMs };
  const judge = async (pod: Pod): Promise<Judgement> => {
    const name = parsePodName(pod.name);
    const byName = judgeName(name, identity);
    if (byName !== undefined || name === undefined)
      return byName ?? { verdict: 'foreign', evidence: 'its name is not ours' };
    const workflowId = workflowIdOf(name.deployment, name.claim);
    const asked = owners.get(workflowId) ?? ownerOf(workflowId).then(ownerFrom);
    owners.set(workflowId, asked);
    return judgeOwner(name, await asked, times);
  };
  return await concurrently(pods, OWNERS_AT_ONCE, async (pod) => {
    const { id, name, status, hourlyPrice } = pod;
    return { id, name, status, hourlyPrice, ...(await judge(pod)) };
  });
}

function ownerFrom(facts: OwnerFacts): Owner {
  if (facts.state === 'not_found' || facts.state === 'unanswered') return facts;
  const { firstRunId, ...rest } = facts;
  return { ...rest, life: firstRunId === null ? null : lifeOf(firstRunId) };
}

/**
 * Explains why a list can't be trusted: it shows none of the pods that living claims hold. `null` where it shows one, or where no claim
 * holds a pod.
 */
export async function blindnessOf(
  account: Account,
  settings: Settings,
  pods: readonly Pod[],
  { heldPods }: Pick<SweepDependencies, 'heldPods'>,
): Promise<string | null> {
  const { listLagMs } = lagsOf(account, settings);
  const held = await heldPods(account.name, listLagMs);
  const listed = new Set(pods.map(({ name }) => name));
  if (held.length === 0 || held.some((name) => listed.has(name))) return null;
  return `the list shows none of the pods that living claims hold (${listNames(held)}): does the key belong to this account?`;
}

/** The order of pods in the result. */
const RANKS: readonly Verdict[] = [
  'overdue',
  'orphan',
  'owner_not_found',
  'foreign',
  'other_control_plane',
  'alive',
  'unknown',
];

function surveyOf(
  rows: SurveyRow[],
  { begunAt, identity }: PodList,
  lags: Survey['lags'],
  { tracked, rows: wanted }: SurveyInput,
): Survey {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of rows) counts[verdict] += 1;
  const ours = rows.filter(({ verdict }) => verdict !== 'foreign' && verdict !== 'other_control_plane');
  const known = new Set(tracked);
  const kept = wanted === 'all' ? rows : rows.filter(({ id, verdict }) => known.has(id) || isReapable(verdict));
  // Pods that the brake may hold back come last, so that they can't hide pods that can be ended.
  const rank = ({ id, verdict }: SurveyRow) => (known.has(id) ? 0 : 1 + RANKS.indexOf(verdict));
  const limit = wanted === 'all' ? MAX_ROWS : MAX_TRACKED + kept.filter(({ id }) => known.has(id)).length;
  return {
    listedAt: new Date(begunAt).toISOString(),
    identity,
    lags,
    counts,
    hourlyPrice: ours.reduce((sum, { hourlyPrice }) => sum + (hourlyPrice ?? 0), 0),
    rows: kept.toSorted((one, other) => rank(one) - rank(other)).slice(0, limit),
    otherControlPlane: rows
      .flatMap(({ name, verdict }) => (verdict === 'other_control_plane' ? [name] : []))
      .slice(0, MAX_NAMES_LISTED),
  };
}
