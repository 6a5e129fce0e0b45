import { Client, WorkflowClient } from '@temporalio/client';
import type { ClientOptions, WorkflowClientOptions, WorkflowResultOptions } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/client';
import type { ClientTime } from '../../client/time';
import { isClosed } from '../../client/workflowStatus';
import { PodkeeperError } from '../../model';

/** First, and longest, time between two looks for a workflow's end, ms of virtual time; each is longer than the one before by a quarter. */
const FIRST_LOOK_MS = 1_000;
const LAST_LOOK_MS = 5 * 60_000;
const GROWTH = 1.25;

/** A client whose waits for results skip time, beside others; and which says what its server can't do. */
export class VirtualTimeClient extends Client {
  constructor(options: ClientOptions, time: ClientTime) {
    super(options);
    // The SDK's own test client replaces the field in the same way: there is no other.
    const workflow = new VirtualTimeWorkflowClient({ ...this.workflow.options, connection: this.connection }, time);
    Object.assign(this, { workflow, schedule: refusing('schedules') });
  }
}

class VirtualTimeWorkflowClient extends WorkflowClient {
  private readonly time: ClientTime;

  constructor(options: WorkflowClientOptions, time: ClientTime) {
    super(options);
    this.time = time;
  }

  override async result<T extends Workflow>(
    workflowId: string,
    runId?: string,
    options?: WorkflowResultOptions,
  ): Promise<WorkflowResultType<T>> {
    await this.time.wait(`result() of workflow ${workflowId}`, async (sleep) => {
      for (
        let wait = FIRST_LOOK_MS;
        await this.isOpen(workflowId, runId);
        wait = Math.min(LAST_LOOK_MS, wait * GROWTH)
      ) {
        await sleep(wait);
      }
    });
    return await super.result<T>(workflowId, runId, options);
  }

  override list(): never {
    throw unsupported('list of workflows');
  }

  override count(): never {
    throw unsupported('count of workflows');
  }

  private async isOpen(workflowId: string, runId: string | undefined): Promise<boolean> {
    const description = await this.getHandle(workflowId, runId).describe();
    const isContinued = description.status.name === 'CONTINUED_AS_NEW';
    return !isClosed(isContinued ? await this.getHandle(workflowId).describe() : description);
  }
}

function refusing(what: string): object {
  return new Proxy(
    {},
    {
      get: () => () => {
        throw unsupported(what);
      },
    },
  );
}

function unsupported(what: string): PodkeeperError {
  return new PodkeeperError(
    'unsupported',
    `Temporal's time-skipping server has no ${what}: test that on its dev server, startDevServer() of podkeeper/testing`,
  );
}
