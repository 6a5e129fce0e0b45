import type { Job, JobReference, JobRequest } from '../../../providers/contract';
import { demand, demandEqual, kindOf, short } from '../assertions';
import { faultsOfJob, notPlainAt } from '../forms';
import type { Trial } from '../trial';
import { errorAnswer } from '../wire/faults';
import type { ChecksOf } from './checksOf';

/** Timeout of a sync job, ms. */
const SYNC_MS = 10_000;
const ENDED: readonly Job['status'][] = ['completed', 'failed', 'cancelled', 'timed_out'];

export const JOBS: ChecksOf<'jobs'> = {
  'jobs-async': async (trial) => {
    const submitted = await submit(trial, { mode: 'async' });
    demandEqual(submitted.endpoint, trial.jobs.endpoint, 'the endpoint of a submitted job');
    const job = await ended(trial, submitted);
    demandEqual(job.status, 'completed', 'the status of the ended job');
    demandEqual(job.id, submitted.id, 'the id of the job from getJob');
  },

  'jobs-sync': async (trial) => {
    const job = await submit(trial, { mode: 'sync', timeoutMs: SYNC_MS });
    demandEqual(job.status, 'completed', 'the status of a sync job from runJob');
  },

  'jobs-stream': async (trial) => {
    const job = await submit(trial, { mode: 'stream' });
    const chunks: unknown[] = [];
    await trial.call('streamJob', async (context) => {
      for await (const chunk of trial.provider.streamJob?.(reference(job), context) ?? []) chunks.push(chunk);
    });
    demand(chunks.length > 0, "a job's stream must yield its output, but yielded nothing");
    demandEqual(notPlainAt(chunks), null, 'the path at which the chunks of a stream are not plain JSON');
  },

  'jobs-cancel': async (trial) => {
    const job = await submit(trial, { mode: 'async', input: trial.jobs.longInput });
    await trial.call('cancelJob', async (context) => trial.provider.cancelJob?.(reference(job), context));
    demandEqual((await ended(trial, job)).status, 'cancelled', 'the status of the cancelled job');
  },

  'jobs-get-unknown': async (trial) => {
    const what = `getJob of the unknown job ${trial.jobs.unknownId}`;
    const error = await trial.rejection(what, getJob(trial, unknownJob(trial)));
    demandEqual(kindOf(error), 'not_found', `the kind of ${what}`);
  },

  'jobs-cancel-unknown': async (trial) => {
    const what = `cancelJob of the unknown job ${trial.jobs.unknownId}`;
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
      demandEqual(faultsOfJob(job), [], `the fields of a job from ${from} that violate the contract`);
      demandEqual(notPlainAt(job), null, `the path at which a job from ${from} is not plain JSON`);
    }
  },

  'jobs-submit-once': async (trial) => {
    void trial.http.inject({ on: 'change', executed: true, outcome: errorAnswer(trial, 500) });
    await trial.rejection('a submit that was executed, but answered by 500', submit(trial, { mode: 'async' }));
    demandEqual(trial.http.changes('runJob').length, 1, 'the number of requests sent by the submit');
  },
};

async function submit(trial: Trial, changes: Partial<JobRequest>): Promise<Job> {
  const { endpoint, input } = trial.jobs;
  const job = await trial.call('runJob', async (context) =>
    trial.provider.runJob?.({ endpoint, input, ...changes }, context),
  );
  demand(job !== undefined, `runJob must return a job, but returned ${short(job)}`);
  return job;
}

async function getJob(trial: Trial, job: JobReference): Promise<Job> {
  const found = await trial.call('getJob', async (context) => trial.provider.getJob?.(reference(job), context));
  demand(found !== undefined, `getJob must return a job, but returned ${short(found)}`);
  return found;
}

async function ended(trial: Trial, job: JobReference): Promise<Job> {
  return await trial.until(`job ${job.id} must end`, async () => {
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
