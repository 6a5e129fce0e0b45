import type { Job, JobReference, JobRequest } from '../../../providers/contract';
import { demand, demandEqual, short } from '../demands';
import { faultsOfJob } from '../forms';
import { kindOf } from '../kinds';
import { notPlainAt } from '../plainJson';
import type { Trial } from '../trial';
import { errorAnswer } from '../wire/errorAnswer';
import type { ChecksOf } from './checksOf';

/** How long a sync job may take at the cloud, ms. */
const SYNC_MS = 10_000;
const ENDED: readonly Job['status'][] = ['completed', 'failed', 'cancelled', 'timed_out'];

export const JOBS: ChecksOf<'jobs'> = {
  'jobs-async': async (trial) => {
    const submitted = await submit(trial, { mode: 'async' });
    demandEqual(submitted.endpoint, trial.jobs.endpoint, 'the endpoint of a submitted job');
    const job = await ended(trial, submitted);
    demandEqual(job.status, 'completed', 'how the job has ended');
    demandEqual(job.id, submitted.id, 'the id of the job that getJob answers');
  },

  'jobs-sync': async (trial) => {
    const job = await submit(trial, { mode: 'sync', timeoutMs: SYNC_MS });
    demandEqual(job.status, 'completed', 'the status of a sync job when runJob answers');
  },

  'jobs-stream': async (trial) => {
    const job = await submit(trial, { mode: 'stream' });
    const chunks: unknown[] = [];
    await trial.call('streamJob', async (context) => {
      for await (const chunk of trial.provider.streamJob?.(reference(job), context) ?? []) chunks.push(chunk);
    });
    demand(chunks.length > 0, 'the stream of a job is to yield its output, and ended without any');
    demandEqual(notPlainAt(chunks), null, 'where the chunks of a stream are not plain JSON');
  },

  'jobs-cancel': async (trial) => {
    const job = await submit(trial, { mode: 'async', input: trial.jobs.longInput });
    await trial.call('cancelJob', async (context) => trial.provider.cancelJob?.(reference(job), context));
    demandEqual((await ended(trial, job)).status, 'cancelled', 'how the cancelled job has ended');
  },

  'jobs-get-unknown': async (trial) => {
    const what = `getJob of ${trial.jobs.unknownId}, a job that was never there`;
    const error = await trial.rejection(what, getJob(trial, unknownJob(trial)));
    demandEqual(kindOf(error), 'not_found', `the kind of ${what}`);
  },

  'jobs-cancel-unknown': async (trial) => {
    const what = `cancelJob of ${trial.jobs.unknownId}, a job that was never there`;
    const call = trial.call('cancelJob', async (context) => trial.provider.cancelJob?.(unknownJob(trial), context));
    demandEqual(kindOf(await trial.rejection(what, call)), 'not_found', `the kind of ${what}`);
  },

  'jobs-plain': async (trial) => {
    const submitted = await submit(trial, { mode: 'async' });
    const jobs: [string, Job][] = [
      ['runJob', submitted],
      ['getJob', await getJob(trial, submitted)],
    ];
    for (const [from, job] of jobs) {
      demandEqual(faultsOfJob(job), [], `what in a job from ${from} is not of the contract's form`);
      demandEqual(notPlainAt(job), null, `where a job from ${from} is not plain JSON`);
    }
  },

  'jobs-submit-once': async (trial) => {
    void trial.http.inject({ on: 'change', executed: true, outcome: errorAnswer(trial, 500) });
    await trial.rejection('a submit that was done, and answered by 500', submit(trial, { mode: 'async' }));
    demandEqual(trial.http.changes('runJob').length, 1, 'the number of requests that the submit has sent');
  },
};

async function submit(trial: Trial, changes: Partial<JobRequest>): Promise<Job> {
  const { endpoint, input } = trial.jobs;
  const job = await trial.call('runJob', async (context) =>
    trial.provider.runJob?.({ endpoint, input, ...changes }, context),
  );
  demand(job !== undefined, `runJob is to answer a job, and answered ${short(job)}`);
  return job;
}

async function getJob(trial: Trial, job: JobReference): Promise<Job> {
  const found = await trial.call('getJob', async (context) => trial.provider.getJob?.(reference(job), context));
  demand(found !== undefined, `getJob is to answer a job, and answered ${short(found)}`);
  return found;
}

async function ended(trial: Trial, job: JobReference): Promise<Job> {
  return await trial.until(`job ${job.id} is to end`, async () => {
    const found = await getJob(trial, job);
    return ENDED.includes(found.status) ? found : undefined;
  });
}

function reference({ endpoint, id }: JobReference): JobReference {
  return { endpoint, id };
}

function unknownJob({ jobs }: Trial): JobReference {
  return { endpoint: jobs.endpoint, id: jobs.unknownId };
}
