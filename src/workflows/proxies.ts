/**
 * The one module that creates activity proxies, children and scopes, so that no call uses the SDK's default cancellation type, TRY_CANCEL.
 * With it, a workflow cancelled during a create would close while the create succeeds.
 */
import {
  ActivityCancellationType,
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { accountQueue, initialSearchAttributes, workflowIdOf, workflowQueue } from '../model';
import type { EndTarget, PlanActivities, PodActivities, Settings, SweepActivities } from '../model';
import { POD_LIFECYCLE } from './definitions';
import type { PodLifecycle, PodLifecycleInput } from './definitions';

const WAIT = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** For a check of facts that the worker has at hand. Far below a workflow task's timeout of 10 s. */
const ADMIT_TIMEOUT_MS = 5_000;
/** The time limit of a plan's catalogue, and a little more. */
const PLAN_TIMEOUT_MS = 40_000;

/** The admission. Local, because it only reads the worker's own configuration and a catalogue that the worker caches for some minutes. */
export function admission(): Pick<PodActivities, 'admitClaim'> {
  return proxyLocalActivities<Pick<PodActivities, 'admitClaim'>>({
    startToCloseTimeout: ADMIT_TIMEOUT_MS,
    cancellationType: WAIT,
    summary: 'Checks the spec, finds the account',
  });
}

/** The plan. Local for the same reason; it may also read the provider's catalogue. */
export function planning(): PlanActivities {
  return proxyLocalActivities<PlanActivities>({
    startToCloseTimeout: PLAN_TIMEOUT_MS,
    cancellationType: WAIT,
    retry: { maximumAttempts: 1 },
    summary: 'Plans a claim',
  });
}

/** The create. One try: a lost create has to be looked up, never sent again. */
export function spendCalls(
  queue: { deployment: string; account: string },
  settings: Settings,
  lookFirst: boolean,
): Pick<PodActivities, 'createPod'> {
  const lookFirstMs = lookFirst ? settings.sendWindowMs + settings.listLagMs : 0;
  const calls = (summary: string) =>
    proxyActivities<Pick<PodActivities, 'createPod'>>({
      taskQueue: accountQueue(queue.deployment, queue.account, 'spend'),
      scheduleToStartTimeout: settings.createScheduleToStartMs,
      // At createTimeout the activity stops, and then still has to report.
      startToCloseTimeout: lookFirstMs + settings.createTimeoutMs + settings.heartbeatTimeoutMs,
      heartbeatTimeout: settings.heartbeatTimeoutMs,
      cancellationType: WAIT,
      retry: { maximumAttempts: 1 },
      summary,
    });
  return { createPod: (input) => calls(`Creates ${input.name}`).createPod(input) };
}

/** The longest try: two lists, each behind one in flight, and a delete or a probe. Each has its own deadline. */
function longestTry({ callTimeoutMs, heartbeatTimeoutMs }: Settings): number {
  return 5 * callTimeoutMs + heartbeatTimeoutMs;
}

type KeepCalls = Pick<
  PodActivities,
  'locatePod' | 'locateLife' | 'observePod' | 'explainBoot' | 'watchPod' | 'endPods'
>;

/** How long an end waits for its explanation, ms. */
export const EXPLAIN_TIMEOUT_MS = 10_000;

/** All other calls: retried without limit, at the interval of their phase. The summary shows in Temporal's UI. */
export function keepCalls(queue: { deployment: string; account: string }, settings: Settings): KeepCalls {
  const taskQueue = accountQueue(queue.deployment, queue.account, 'keep');
  const shared = { taskQueue, heartbeatTimeout: settings.heartbeatTimeoutMs };
  const polls = (intervalMs: number, summary: string) =>
    proxyActivities<KeepCalls>({
      ...shared,
      summary,
      // A poll has no side effects, so an end need not wait until a frozen worker gives it up.
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      startToCloseTimeout: longestTry(settings),
      retry: { initialInterval: intervalMs, backoffCoefficient: 1 },
    });
  const ends = (summary: string) =>
    proxyActivities<KeepCalls>({
      ...shared,
      summary,
      cancellationType: WAIT,
      startToCloseTimeout: longestTry(settings),
      retry: {
        initialInterval: settings.endBackoffMs,
        backoffCoefficient: 2,
        maximumInterval: settings.endBackoffMaxMs,
      },
    });
  return {
    locatePod: (input) => polls(settings.bootPollMs, `Looks up ${input.name}`).locatePod(input),
    locateLife: (input) => polls(settings.bootPollMs, `Looks up ${input.prefix}*`).locateLife(input),
    observePod: (input) => polls(settings.bootPollMs, `Waits until ${input.name} is healthy`).observePod(input),
    explainBoot: (input) =>
      proxyActivities<KeepCalls>({
        ...shared,
        summary: `Finds out why ${input.name} isn't healthy`,
        cancellationType: ActivityCancellationType.TRY_CANCEL,
        scheduleToCloseTimeout: EXPLAIN_TIMEOUT_MS,
        retry: { maximumAttempts: 1 },
      }).explainBoot(input),
    watchPod: (input) => polls(settings.healthyPollMs, `Watches ${input.name}`).watchPod(input),
    endPods: (input) => ends(`Ends ${targetText(input.target)}, until it is proven gone`).endPods(input),
  };
}

function targetText(target: EndTarget): string {
  return target.kind === 'life' ? `${target.prefix}*` : target.name;
}

/**
 * The reaper's calls. Unlike a claim's calls they are limited in time: the next sweep does what is left. A survey has no side effects and
 * may be cut off; ends are drained.
 */
export function sweepCalls(queue: { deployment: string; account: string }, settings: Settings): SweepActivities {
  const shared = {
    taskQueue: accountQueue(queue.deployment, queue.account, 'keep'),
    heartbeatTimeout: settings.heartbeatTimeoutMs,
    // A third of the sweep's time for each call: the sweep has to finish for its result to be remembered.
    scheduleToCloseTimeout: settings.sweepTimeoutMs / 3,
    retry: { initialInterval: settings.endBackoffMs, backoffCoefficient: 2, maximumAttempts: 3 },
  };
  const { surveyPods } = proxyActivities<SweepActivities>({
    ...shared,
    summary: "Lists the account's pods and looks up their claims",
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
  const { reapPods } = proxyActivities<SweepActivities>({
    ...shared,
    summary: 'Ends pods whose claim is gone or overdue',
    cancellationType: WAIT,
  });
  return { surveyPods, reapPods };
}

/** Starts a claim as a child. When the parent closes, the child is cancelled, not terminated. */
export function startClaim(
  claim: { deployment: string; id: string },
  input: PodLifecycleInput,
): Promise<ChildWorkflowHandle<PodLifecycle>> {
  return startChild<PodLifecycle>(POD_LIFECYCLE, {
    workflowId: workflowIdOf(claim.deployment, claim.id),
    taskQueue: workflowQueue(claim.deployment),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    args: [input],
    typedSearchAttributes: input.searchAttributes === true ? initialSearchAttributes({}) : undefined,
    // Truncated: Temporal accepts 400 bytes, and a longer summary would fail the parent's task again and again.
    staticSummary: `A pod for workflow ${workflowInfo().workflowType.slice(0, 80)}`,
  });
}

/** Continues in a new run with the current memo. By default the new run would get the memo of the start. */
export function continueClaim(input: PodLifecycleInput): Promise<never> {
  return makeContinueAsNewFunc<PodLifecycle>({ memo: workflowInfo().memo })(input);
}

/** Runs work that a cancel from outside must not stop. */
export function shielded<T>(run: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(run);
}

/** Work that only its own code can stop. */
export interface Stoppable<T> {
  promise: Promise<T>;
  stop: () => void;
}

/**
 * Starts work inside {@link shielded} code. {@link Stoppable.stop} cancels it. The work tells a stop from other cancellations by
 * `isStopped`, never by the failure.
 */
export function stoppable<T>(run: (isStopped: () => boolean) => Promise<T>): Stoppable<T> {
  const scope = new CancellationScope();
  let stopped = false;
  const stop = () => {
    stopped = true;
    scope.cancel();
  };
  return { promise: scope.run(() => run(() => stopped)), stop };
}

/** As {@link stoppable}, for work that goes on when the scope in which it was started is cancelled. */
export function detached<T>(run: (isStopped: () => boolean) => Promise<T>): Stoppable<T> {
  let work: Stoppable<T> | undefined;
  const promise = shielded(() => {
    work = stoppable(run);
    return work.promise;
  });
  return { promise, stop: () => work?.stop() };
}

/**
 * Resolves when the work has ended or was stopped. Any other failure is a bug, and nobody awaits the work's answer: rethrown, it fails the
 * workflow task, which shows in Temporal's UI and is retried. Swallowed, the work would stop without a trace.
 */
export async function untilStopped({ promise }: Stoppable<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}
