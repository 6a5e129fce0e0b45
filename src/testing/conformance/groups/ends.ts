import type { Pod } from '../../../model';
import { demand, demandEqual, kindOf } from '../assertions';
import type { Trial } from '../trial';
import { errorAnswer, page, RESETS, type WireOutcome } from '../wire/faults';
import type { ChecksOf } from './checksOf';

const FAILED_STATUSES = [400, 401, 403, 409, 423, 429, 500, 503];

export const ENDS: ChecksOf<'ends'> = {
  'ends-terminate': async (trial) => {
    const { id } = await trial.spawn();
    await trial.terminate(id);
    await trial.until(`the terminated pod ${id} must end, by get`, async () => hasEnded(trial, id));
  },

  'ends-list': async (trial) => {
    const { id } = await rentListed(trial);
    await trial.terminate(id);
    await trial.until(`pod ${id} must end`, async () => hasEndedSomewhere(trial, id));
    const what = `the terminated pod ${id} must be listed as terminated, or not at all`;
    await trial.until(what, async () => isListedEnded(trial, id), trial.listLagMs);
  },

  'ends-others': async (trial) => {
    const request = trial.request();
    const { id } = await rentListed(trial, request);
    const other = await trial.spawn(trial.request({ name: `${request.name}-2` }));
    await trial.terminate(id);
    await trial.until(`pod ${id} must end`, async () => hasEndedSomewhere(trial, id));
    const { status } = await trial.get(other.id);
    demand(status !== 'terminated', `pod ${other.id} must keep running, but ended together with pod ${id}`);
  },

  'ends-twice': async (trial) => {
    const { id } = await rentListed(trial);
    await trial.terminate(id);
    await trial.until(`pod ${id} must end`, async () => hasEndedSomewhere(trial, id));
    const error = await trial.failure(trial.terminate(id));
    demandEqual(error, undefined, 'the error of terminate for an ended pod');
  },

  'ends-unknown': async (trial) => {
    const error = await trial.failure(trial.terminate(trial.unknownId));
    demandEqual(error, undefined, `the error of terminate for the unknown pod ${trial.unknownId}`);
  },

  'ends-not-found': async (trial) => {
    const { id } = await trial.spawn();
    void trial.http.inject({ on: 'change', executed: false, outcome: errorAnswer(trial, 404, 'there is no such pod') });
    const error = await trial.failure(trial.terminate(id));
    demandEqual(error, undefined, 'the error of terminate if the cloud answers 404');
  },

  'ends-failed': async (trial) => {
    const { id } = await trial.spawn();
    if (trial.wire === null) {
      for (const how of ['error', 'forbidden', 'busy', 'no_answer'] as const) {
        await trial.arrange('terminateFails', how);
        const call = trial.abandonSoon(async (abort) => terminateWith(trial, id, abort));
        await trial.rejection(`a terminate that fails (${how})`, call);
      }
      return;
    }
    const failures: { name: string; outcome: WireOutcome }[] = [
      ...FAILED_STATUSES.map((status) => ({ name: String(status), outcome: errorAnswer(trial, status) })),
      { name: '502 with an HTML page', outcome: page(502) },
      { name: '403 with an HTML page', outcome: page(403) },
      ...RESETS,
      { name: 'no answer', outcome: { kind: 'hang' } },
    ];
    for (const { name, outcome } of failures) {
      const met = trial.wire.inject({ on: 'change', executed: false, outcome });
      const hangs = outcome.kind === 'hang';
      const call = trial.abandon(met, hangs, async (abort) => terminateWith(trial, id, abort));
      await trial.rejection(`a terminate answered by ${name}`, call);
    }
  },

  'ends-start': async (trial) => {
    const { id } = await rentListed(trial);
    await trial.terminate(id);
    await trial.until(`pod ${id} must end`, async () => hasEndedSomewhere(trial, id));
    const start = trial.call('start', async (context) => trial.provider.start?.(id, context));
    await trial.rejection('start of an ended pod', start);
    demand((await hasEndedSomewhere(trial, id)) === true, `start restarted pod ${id}, which had ended`);
  },
};

async function rentListed(trial: Trial, request = trial.request()): Promise<Pod> {
  const pod = await trial.spawn(request);
  await trial.listed([pod.name]);
  return pod;
}

/** Whether get or list shows that a pod has ended. */
export async function hasEndedSomewhere(trial: Trial, id: string): Promise<true | undefined> {
  return (await hasEnded(trial, id)) ?? (await isListedEnded(trial, id));
}

async function isListedEnded(trial: Trial, id: string): Promise<true | undefined> {
  const pod = (await trial.list()).find((of) => of.id === id);
  return pod === undefined || pod.status === 'terminated' ? true : undefined;
}

async function hasEnded(trial: Trial, id: string): Promise<true | undefined> {
  let status = '';
  const error = await trial.failure(
    trial.get(id).then((pod) => {
      status = pod.status;
    }),
  );
  return status === 'terminated' || kindOf(error) === 'not_found' ? true : undefined;
}

async function terminateWith(trial: Trial, id: string, abort: AbortController): Promise<void> {
  await trial.call('terminate', async (context) => trial.provider.terminate(id, context), abort);
}
