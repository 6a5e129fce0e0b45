import { Client, WorkflowClient } from '@temporalio/client';
import type { ClientOptions, WorkflowClientOptions, WorkflowResultOptions } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/client';
import type { ClientTime } from '../../client/time';
import { isClosed } from '../../client/workflowStatus';
import { PodkeeperError } from '../../model';

/** First and longest poll interval for a workflow's end, ms of virtual time. Each is a quarter longer than the one before. */
const FIRST_POLL_MS = 1_000;
const MAX_POLL_MS = 5 * 60_000;
const GROWTH = 1.25;

/** A client whose waits for results skip time. It refuses what the server doesn't support. */
export class VirtualTimeClient extends Client {
  constructor(options: ClientOptions, time: ClientTime) {
    super(options);
    // The SDK's own test client replaces the field in the same way. There is no other.
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
        let wait = FIRST_POLL_MS;
        await this.isOpen(workflowId, runId);
        wait = Math.min(MAX_POLL_MS, wait * GROWTH)
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
    `Temporal's time-skipping server has no ${what}: test that with the dev server, startDevServer() of podkeeper/testing`,
  );
}
