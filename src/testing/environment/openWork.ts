import type { Connection } from '@temporalio/client';

type Described = Awaited<ReturnType<Connection['workflowService']['describeWorkflowExecution']>>;
type PendingActivity = Described['pendingActivities'][number];
type Timestamp = { seconds?: number | Long | null; nanos?: number | null };
interface Long {
  toNumber(): number;
}

/** Work that prevents virtual time from being skipped. */
export interface OpenWork {
  /** One line for each piece of work; empty if there is none. */
  busy: string[];
  /** Whether an activity waits for a retry at an unknown time, so that it may be due. */
  uncertain: boolean;
  /** Changes whenever a workflow makes progress. */
  progress: string;
}

/** Values of `EventType` and `PendingActivityState` in Temporal's API, `temporal.api.enums.v1`. */
const EVENT_TYPE_WORKFLOW_TASK_SCHEDULED = 5;
const EVENT_TYPE_WORKFLOW_TASK_STARTED = 6;
const EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT = 8;
const EVENT_TYPE_WORKFLOW_TASK_FAILED = 9;
const PENDING_ACTIVITY_STATE_SCHEDULED = 1;

/** If one of these is its last event, a workflow has a task for a worker. */
const TASK_EVENTS: unknown[] = [EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, EVENT_TYPE_WORKFLOW_TASK_STARTED];
/** After these, too: the server schedules another task at once, without an event. */
const FAILED_TASK_EVENTS: unknown[] = [EVENT_TYPE_WORKFLOW_TASK_FAILED, EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT];

/** Reads from the test server what its open workflows are doing. It only supports the old list API. */
export class OpenWorkReader {
  private readonly connection: Connection;
  private readonly namespace: string;
  /** By run: the history length at which it had no task. */
  private readonly idleAt = new Map<string, number>();

  constructor(connection: Connection, namespace: string) {
    this.connection = connection;
    this.namespace = namespace;
  }

  /** The ids of all open workflows, with their types. */
  async open(): Promise<{ workflowId: string; runId: string; type: string }[]> {
    const { namespace } = this;
    const { executions } = await this.connection.workflowService.listOpenWorkflowExecutions({
      namespace,
      maximumPageSize: 1_000,
      startTimeFilter: {},
    });
    return (executions ?? []).map(({ execution, type }) => ({
      workflowId: execution?.workflowId ?? '',
      runId: execution?.runId ?? '',
      type: type?.name ?? '',
    }));
  }

  /** @param now the virtual time, ms since 1970 */
  async read(now: number): Promise<OpenWork> {
    const open = await this.open();
    const works = await Promise.all(open.map((execution) => this.readOne(execution, now)));
    return {
      busy: works.flatMap(({ busy }) => busy),
      uncertain: works.some(({ uncertain }) => uncertain),
      progress: works.map(({ progress }) => progress).join(' '),
    };
  }

  private async readOne(execution: { workflowId: string; runId: string }, now: number): Promise<OpenWork> {
    const { workflowId, runId } = execution;
    const described = await this.connection.workflowService.describeWorkflowExecution({
      namespace: this.namespace,
      execution: { workflowId, runId },
    });
    const length = Number(described.workflowExecutionInfo?.historyLength ?? 0);
    const pending = described.pendingActivities ?? [];
    const busy = pending.flatMap((activity) => busyActivity(workflowId, activity, now));
    const task = await this.pendingTask(execution, length);
    if (task !== undefined) busy.push(task);
    const uncertain = pending.some((activity) => activity.lastFailure != null && retryDelay(activity) === undefined);
    return { busy, uncertain, progress: `${runId}:${length}:${pending.map(({ attempt }) => attempt).join(',')}` };
  }

  /** The server's description doesn't include workflow tasks, so the end of the history is read. */
  private async pendingTask(
    { workflowId, runId }: { workflowId: string; runId: string },
    length: number,
  ): Promise<string | undefined> {
    if (this.idleAt.get(runId) === length) return undefined;
    const { history } = await this.connection.workflowService.getWorkflowExecutionHistory({
      namespace: this.namespace,
      execution: { workflowId, runId },
    });
    const last = history?.events?.at(-1);
    if (TASK_EVENTS.includes(last?.eventType))
      return `workflow ${workflowId} has a task that no worker has completed yet`;
    if (FAILED_TASK_EVENTS.includes(last?.eventType)) {
      const failure = last?.workflowTaskFailedEventAttributes?.failure?.message ?? 'it timed out';
      return `workflow ${workflowId} keeps failing its task: ${failure}`;
    }
    this.idleAt.set(runId, Number(last?.eventId ?? length));
    return undefined;
  }
}

function busyActivity(workflowId: string, activity: PendingActivity, now: number): string[] {
  const name = `activity ${activity.activityType?.name ?? activity.activityId ?? '?'} of ${workflowId}`;
  const failure = activity.lastFailure?.message;
  const after = failure == null ? '' : `; its last failure: ${failure}`;
  const started = msOf(activity.lastStartedTime);
  const completed = msOf(activity.lastAttemptCompleteTime);
  if (started === undefined || Number(activity.state) === PENDING_ACTIVITY_STATE_SCHEDULED)
    return [`${name} waits for a worker${after}`];
  if (completed === undefined || completed < started) return [`${name} runs, attempt ${activity.attempt}${after}`];
  const delay = retryDelay(activity);
  if (delay !== undefined && completed + delay <= now)
    return [`${name} is due for attempt ${activity.attempt}${after}`];
  return [];
}

/** The delay that the failure states. Otherwise the retry policy applies, which the server doesn't return. */
function retryDelay({ lastFailure }: PendingActivity): number | undefined {
  return msOf(lastFailure?.applicationFailureInfo?.nextRetryDelay);
}

function msOf(time: Timestamp | null | undefined): number | undefined {
  if (time == null) return undefined;
  const { seconds = 0, nanos } = time;
  return (typeof seconds === 'object' ? (seconds?.toNumber() ?? 0) : seconds) * 1_000 + Math.floor((nanos ?? 0) / 1e6);
}
