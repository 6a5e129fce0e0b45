import { ApplicationFailure, log, metricMeter, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import {
  ALARM_METRIC,
  afterReaping,
  decideSweep,
  isErrorKind,
  messageOf,
  newSweepMemory,
  raiseAlarms,
  searchAttributesOf,
  alarmCausesOf,
} from '../model';
import type {
  ErrorKind,
  ReapOutcome,
  SurveyOutcome,
  SweepAlarmKind,
  SweepDecision,
  SweepEvent,
  SweepInput,
  SweepMemory,
  SweepResult,
  SweepAlarmCause,
} from '../model';
import { sweepCalls } from './proxies';

/**
 * One sweep of the reaper over an account: lists all pods, judges those with our names by their claims' workflows, and ends those that have
 * looked ownerless for long enough. A Temporal schedule starts the sweeps and passes the result of each to the next. A sweep that could not
 * see everything concludes nothing.
 */
export async function sweepAccount(input: SweepInput): Promise<SweepResult> {
  const memory = input.dryRun === true ? newSweepMemory() : (input.memory ?? rememberedBySchedule());
  const begun = Date.now();
  const seen = await survey(input, memory, begun);
  const { deployment, account } = input;
  const at = new Date(begun).toISOString();
  if (seen.outcome === 'void') {
    const rest = input.dryRun === true ? { events: [], memory } : afterVoid(input, memory, seen, begun);
    return { deployment, account, at, complete: false, voidReason: seen.message, survey: null, ...rest };
  }
  if (input.dryRun === true) {
    return { deployment, account, at, complete: true, voidReason: null, survey: seen.survey, events: [], memory };
  }
  const decision = decideSweep(memory, seen.survey, { begun, over: Date.now() }, input.settings);
  const reaped = await reap(input, decision);
  const now = Date.now();
  const { suspects, events } = afterReaping(decision.suspects, reaped, now);
  const causes = alarmCausesOf({ ...decision, suspects }, seen.survey);
  const { alarms, raised } = raiseAlarms(memory.alarms, causes, now, input.settings);
  reportAlarms(input, raised);
  return {
    deployment,
    account,
    at,
    complete: true,
    voidReason: null,
    // The memory has the rows that the next sweep needs.
    survey: { ...seen.survey, rows: [] },
    events: [...decision.events, ...events, ...raised.map(({ type, message }) => ({ type, message }))],
    memory: { suspects, alarms, completeAt: at, voidSince: null },
  };
}

/** The memory in the last result that the schedule has seen. After a sweep that failed or was given up, it is that of the sweep before. */
function rememberedBySchedule(): SweepMemory {
  const last = workflowInfo().lastResult as SweepResult | undefined;
  return last?.memory ?? newSweepMemory();
}

async function survey(
  { deployment, account, settings, dryRun }: SweepInput,
  { suspects }: SweepMemory,
  begun: number,
): Promise<SurveyOutcome> {
  try {
    return await sweepCalls({ deployment, account }, settings).surveyPods({
      account,
      now: new Date(begun).toISOString(),
      tracked: suspects.map(({ id }) => id),
      rows: dryRun === true ? 'all' : 'suspects',
      settings,
    });
  } catch (error) {
    return { outcome: 'void', ...reasonOf(error, account) };
  }
}

/** Unwraps an activity failure: an error of the provider, or that no worker took the call. */
function reasonOf(error: unknown, account: string): { kind: ErrorKind; message: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { kind: isErrorKind(cause.type) ? cause.type : 'unknown', message: cause.message };
  }
  const message = `no worker answered for account ${account} (${messageOf(cause)}): is one there that has the account?`;
  return { kind: 'timeout', message };
}

async function reap({ deployment, account, settings }: SweepInput, { toEnd }: SweepDecision): Promise<ReapOutcome> {
  if (toEnd.length === 0) return { accepted: [], skipped: [], missing: [], failed: [] };
  const pods = toEnd.map(({ id, name, verdict }) => ({ id, name, verdict }));
  try {
    const now = new Date().toISOString();
    return await sweepCalls({ deployment, account }, settings).reapPods({ account, now, pods, settings });
  } catch (error) {
    // Some pods may have been deleted. The next sweep sees which are left.
    const reason = reasonOf(error, account);
    return { accepted: [], skipped: [], missing: [], failed: pods.map(({ id }) => ({ id, ...reason })) };
  }
}

/** A void sweep keeps the memory, and raises an alarm when sweeps have been void for some time. */
function afterVoid(
  input: SweepInput,
  memory: SweepMemory,
  { kind, message }: { kind: ErrorKind; message: string },
  begun: number,
): { events: SweepEvent[]; memory: SweepMemory } {
  const voidSince = memory.voidSince ?? new Date(begun).toISOString();
  const text = `the reaper can't see account ${input.account}: ${message}`;
  const causes: SweepAlarmCause[] = [{ key: 'blind', kind: 'blind', message: text, since: voidSince, patient: true }];
  if (kind === 'unauthorized' || kind === 'forbidden') causes.push({ key: 'refused', kind: 'refused', message: text });
  const { alarms, raised } = raiseAlarms(memory.alarms, causes, Date.now(), input.settings);
  reportAlarms(input, raised);
  const others = memory.alarms.filter(({ key }) => !causes.some((cause) => cause.key === key));
  return {
    events: raised.map(({ type, message }) => ({ type, message })),
    memory: { ...memory, alarms: [...others, ...alarms], voidSince },
  };
}

/** Reports alarms in the log, as a metric, and as the sweep's search attribute, so that any kind of alerting sees them. */
function reportAlarms(
  { deployment, account, searchAttributes }: SweepInput,
  raised: (SweepEvent & { kind: SweepAlarmKind })[],
): void {
  const alarms = metricMeter.createCounter(ALARM_METRIC, 'alarm', 'Alarms raised');
  for (const { kind, message } of raised) {
    log.error(`Podkeeper alarm: ${message}`, { deployment, account, kind });
    alarms.add(1, { deployment, account, kind });
    if (searchAttributes === true) upsertSearchAttributes(searchAttributesOf({ alarm: kind }));
  }
}
