/**
 * The one module that makes activity proxies, children and scopes, so that no call can be made with the SDK's default
 * cancellation type: that is TRY_CANCEL, under which a workflow cancelled during a create closes while the create succeeds.
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

/** A check of facts that the worker has at hand; far below a workflow task's timeout of 10 s. */
const ADMIT_TIMEOUT_MS = 5_000;
/** A catalogue's time and a little more. */
const PLAN_TIMEOUT_MS = 40_000;

/** The check that admits a claim: local, since it asks the worker's own configuration, and a catalogue that the worker keeps for some minutes. */
export function admission(): Pick<PodActivities, 'admitClaim'> {
  return proxyLocalActivities<Pick<PodActivities, 'admitClaim'>>({
    startToCloseTimeout: ADMIT_TIMEOUT_MS,
    cancellationType: WAIT,
    summary: 'Checks the spec, finds the account',
  });
}

/** What plans: local for the same reason; it also reads the provider's catalogue. */
export function planning(): PlanActivities {
  return proxyLocalActivities<PlanActivities>({
    startToCloseTimeout: PLAN_TIMEOUT_MS,
    cancellationType: WAIT,
    retry: { maximumAttempts: 1 },
    summary: 'Plans a claim',
  });
}

/** The create call. One try: what became of a lost one has to be looked up, never sent again. */
export function spendCalls(
  queue: { deployment: string; account: string },
  settings: Settings,
  lookFirst: boolean,
): Pick<PodActivities, 'createPod'> {
  const looking = lookFirst ? settings.sendWindowMs + settings.listLagMs : 0;
  const calls = (summary: string) =>
    proxyActivities<Pick<PodActivities, 'createPod'>>({
      taskQueue: accountQueue(queue.deployment, queue.account, 'spend'),
      scheduleToStartTimeout: settings.createScheduleToStartMs,
      // The activity ends itself at createTimeout and then still has to say so.
      startToCloseTimeout: looking + settings.createTimeoutMs + settings.heartbeatTimeoutMs,
      heartbeatTimeout: settings.heartbeatTimeoutMs,
      cancellationType: WAIT,
      retry: { maximumAttempts: 1 },
      summary,
    });
  return { createPod: (input) => calls(`Creates ${input.name}`).createPod(input) };
}

/** Two lists, each behind one that is under way, and between or after them a delete or a probe; each with a deadline of its own. */
function longestTry({ callTimeoutMs, heartbeatTimeoutMs }: Settings): number {
  return 5 * callTimeoutMs + heartbeatTimeoutMs;
}

type KeepCalls = Pick<PodActivities, 'locatePod' | 'observePod' | 'explainBoot' | 'watchPod' | 'endPods'>;

/** An end doesn't wait longer than this for the reason of it. */
export const EXPLAIN_TIMEOUT_MS = 10_000;

/** All other calls: tried without limit, each with the pace of its phase. The summary says in Temporal's UI what a call is for. */
export function keepCalls(queue: { deployment: string; account: string }, settings: Settings): KeepCalls {
  const taskQueue = accountQueue(queue.deployment, queue.account, 'keep');
  const shared = { taskQueue, heartbeatTimeout: settings.heartbeatTimeoutMs };
  const looks = (intervalMs: number, summary: string) =>
    proxyActivities<KeepCalls>({
      ...shared,
      summary,
      // A look leaves nothing behind: an end need not wait for a frozen worker to give one up.
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
    locatePod: (input) => looks(settings.bootPollMs, `Looks for what became of ${input.name}`).locatePod(input),
    observePod: (input) => looks(settings.bootPollMs, `Waits until ${input.name} is healthy`).observePod(input),
    explainBoot: (input) =>
      proxyActivities<KeepCalls>({
        ...shared,
        summary: `Looks why ${input.name} isn't healthy`,
        cancellationType: ActivityCancellationType.TRY_CANCEL,
        scheduleToCloseTimeout: EXPLAIN_TIMEOUT_MS,
        retry: { maximumAttempts: 1 },
      }).explainBoot(input),
    watchPod: (input) => looks(settings.healthyPollMs, `Watches that ${input.name} lives`).watchPod(input),
    endPods: (input) => ends(`Ends ${targetText(input.target)}, until it is proven gone`).endPods(input),
  };
}

function targetText(target: EndTarget): string {
  return target.kind === 'pod' ? target.name : `${target.prefix}*`;
}

/**
 * The reaper's calls. They have an end, unlike those of a claim: the sweep after this one does what it left undone. A survey that is cut off leaves
 * nothing behind; ends are drained.
 */
export function sweepCalls(queue: { deployment: string; account: string }, settings: Settings): SweepActivities {
  const shared = {
    taskQueue: accountQueue(queue.deployment, queue.account, 'keep'),
    heartbeatTimeout: settings.heartbeatTimeoutMs,
    // A third of the sweep's time for each of the two: what was seen and done is remembered only if the sweep itself comes to its end.
    scheduleToCloseTimeout: settings.sweepTimeoutMs / 3,
    retry: { initialInterval: settings.endBackoffMs, backoffCoefficient: 2, maximumAttempts: 3 },
  };
  const { surveyPods } = proxyActivities<SweepActivities>({
    ...shared,
    summary: "Lists the account's pods and asks after their claims",
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
  const { reapPods } = proxyActivities<SweepActivities>({
    ...shared,
    summary: 'Ends pods whose claim is gone or overdue',
    cancellationType: WAIT,
  });
  return { surveyPods, reapPods };
}

/** Starts a claim as a child that outlives no parent: it is cancelled, never terminated, when the parent closes. */
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
    // Cut: Temporal takes 400 bytes, and a longer one would fail the task of the parent again and again.
    staticSummary: `A pod for workflow ${workflowInfo().workflowType.slice(0, 80)}`,
  });
}

/** Goes on in a new run, with the memo as it stands: of itself that takes over the memo of the start, and nothing written since. */
export function continueClaim(input: PodLifecycleInput): Promise<never> {
  return makeContinueAsNewFunc<PodLifecycle>({ memo: workflowInfo().memo })(input);
}

/** Runs what a cancel from outside must not stop. */
export function shielded<T>(run: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(run);
}

/** A piece of work that its own code can stop, and nobody else. */
export interface Stoppable<T> {
  promise: Promise<T>;
  stop: () => void;
}

/**
 * Starts a piece of work inside {@link shielded} code. {@link Stoppable.stop} cancels it; it can tell that from any other
 * cancellation only by asking `isStopped`, never by the failure it gets.
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

/**
 * Resolves when the work has ended or was stopped. Any other failure is a bug, and nobody awaits the work's answer: rethrown, it fails the workflow task, which
 * shows in Temporal's UI and is retried. Swallowed, the work would stop without a trace.
 */
export async function untilStopped({ promise }: Stoppable<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}
