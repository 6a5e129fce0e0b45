import type { Pod } from '../../../model';
import type { ListFilter } from '../../../providers/contract';
import { demand, demandEqual, short } from '../assertions';
import { POD_STATUSES } from '../forms';
import type { FailedRead } from '../options';
import type { Trial } from '../trial';
import { brokenItems, drifts, numbersAsTexts } from '../wire/edits';
import { answer, errorAnswer, page, RESETS, type WireOutcome, UNREADABLE } from '../wire/faults';
import type { ChecksOf } from './checksOf';

const NOWHERE = 'podkeeper-nowhere';
const FAILED_READS: readonly FailedRead[] = ['error', 'unauthorized', 'forbidden', 'rate_limited', 'no_answer'];
const FAILED_STATUSES = [400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504];

export const LISTS: ChecksOf<'lists'> = {
  'lists-found': async (trial) => {
    const { id, name } = await trial.spawn();
    const found = (await trial.listed([name], { name })).filter((pod) => pod.name === name);
    demandEqual(
      found.map((pod) => pod.id),
      [id],
      `the ids of the pods that the list shows under the name ${name}`,
    );
  },

  'lists-all': async (trial) => {
    const pods = await rentTwo(trial);
    const ids = (await trial.listed(pods.map(({ name }) => name))).map((pod) => pod.id);
    for (const { id } of pods) demandEqual(ids.filter((of) => of === id).length, 1, `how often the list has pod ${id}`);
  },

  'lists-filter-name': async (trial) => {
    const [pod, other] = await rentTwo(trial);
    const pods = await trial.listed([pod.name], { name: pod.name });
    demandOnly(pods, 'name', pod.name);
    demandEqual(
      pods.some(({ id }) => id === other.id),
      false,
      `that the list has ${other.name}, which begins alike`,
    );
  },

  'lists-filter-status': async (trial) => {
    const [pod] = await rentTwo(trial);
    await trial.listed([pod.name]);
    await trial.until(`one of the lists by status must have pod ${pod.id}`, async () => {
      let found = 0;
      for (const status of POD_STATUSES) {
        const pods = await trial.list({ status });
        demandOnly(pods, 'status', status);
        if (pods.some(({ id }) => id === pod.id)) found += 1;
      }
      return found > 0 ? true : undefined;
    });
  },

  'lists-filter-region': async (trial) => demandFilters(trial, 'region'),
  'lists-filter-gpu': async (trial) => demandFilters(trial, 'gpu'),

  'lists-filter-combined': async (trial) => {
    const { id, name } = await trial.spawn();
    await trial.spawn();
    await trial.listed([name]);
    await trial.until('name and status together must find the pod', async () => {
      const { status } = await trial.get(id);
      const pods = await trial.list({ name, status });
      demandEqual(
        pods.some((pod) => pod.id !== id),
        false,
        'whether name and status together find another pod',
      );
      return pods.some((pod) => pod.id === id) ? true : undefined;
    });
    for (const filter of [
      { name, region: NOWHERE },
      { name, gpu: NOWHERE },
      { name, status: 'failed' as const },
    ]) {
      const found = (await trial.list(filter)).length;
      demandEqual(found, 0, `the number of pods with the filter ${short(filter)}, of which only the name matches`);
    }
  },

  'lists-filter-nothing': async (trial) => {
    await trial.spawn();
    const filter = { name: trial.newName() };
    const error = await trial.failure(trial.list(filter));
    demandEqual(error, undefined, 'the error of a list that must be empty');
    demandEqual((await trial.list(filter)).length, 0, 'the number of pods under an unused name');
  },

  'lists-pages': async (trial) => {
    const pods = await rentPages(trial);
    const listed = await trial.listed(pods.map(({ name }) => name));
    const count = new Map<string, number>();
    for (const { id } of listed) count.set(id, (count.get(id) ?? 0) + 1);
    for (const { id } of pods) demandEqual(count.get(id), 1, `how often the list has pod ${id}`);
  },

  'lists-page-fails': async (trial) => {
    const pods = await rentPages(trial);
    await trial.listed(pods.map(({ name }) => name));
    const [first] = pods;
    const faults: { name: string; outcome: WireOutcome }[] = [
      { name: '500', outcome: errorAnswer(trial, 500) },
      { name: '404', outcome: errorAnswer(trial, 404) },
      { name: '429', outcome: errorAnswer(trial, 429) },
      ...RESETS,
      ...UNREADABLE,
      { name: '200 with {}', outcome: answer(200, '{}') },
    ];
    for (const { name, outcome } of faults) {
      const met = trial.http.inject({ skip: 1, executed: false, outcome });
      let hasMet = false;
      void met.then(() => {
        hasMet = true;
      });
      const error = await trial.failure(trial.list());
      const asked = `a list of ${pods.length} pods (http.pageSize ${pods.length - 1}) must request a second page`;
      demand(hasMet, `${asked}, but it didn't; the first pod is ${first?.id}`);
      demand(error !== undefined, `list must reject if the second page is answered by ${name}, but it resolved`);
    }
  },

  'lists-fails': async (trial) => {
    const { name } = await trial.spawn();
    await trial.listed([name]);
    if (trial.wire === null) {
      for (const how of FAILED_READS) {
        await trial.arrange('listFails', how);
        await trial.rejection(
          `a list that fails (${how})`,
          trial.abandonSoon(async (abort) => listWith(trial, abort)),
        );
      }
      return;
    }
    const failures: { name: string; outcome: WireOutcome }[] = [
      ...FAILED_STATUSES.map((status) => ({ name: String(status), outcome: errorAnswer(trial, status) })),
      { name: '502 with an HTML page', outcome: page(502) },
      ...RESETS,
    ];
    await demandVoid(trial, failures);
  },

  'lists-unreadable': async (trial) => {
    const { name } = await trial.spawn();
    await trial.listed([name]);
    await demandVoid(trial, UNREADABLE);
  },

  'lists-drift': async (trial) => {
    const { id, name } = await trial.spawn();
    await trial.listed([name]);
    await demandVoid(
      trial,
      drifts(id).map((drift) => ({ name: drift.name, outcome: { kind: 'edit', ...drift } })),
    );
  },

  'lists-broken-item': async (trial) => {
    const [{ id, name }] = await rentTwo(trial);
    await trial.listed([name]);
    await demandVoid(
      trial,
      brokenItems(id).map((item) => ({ name: item.name, outcome: { kind: 'edit', ...item } })),
    );
  },

  'lists-wrong-types': async (trial) => {
    const { id, name } = await trial.spawn();
    const before = (await trial.listed([name])).find((pod) => pod.id === id);
    void trial.http.inject({ executed: true, outcome: { kind: 'edit', edit: numbersAsTexts } });
    const error = await trial.failure(
      trial.list().then((pods) => {
        const pod = pods.find((of) => of.id === id);
        demand(pod !== undefined, 'with numbers as texts: the list has lost the pod');
        demandEqual(pod.gpuCount, before?.gpuCount, 'with numbers as texts: the number of GPUs');
        demandEqual(pod.hourlyPrice, before?.hourlyPrice, 'with numbers as texts: the price');
      }),
    );
    // Rejecting the reply is correct, too.
    void error;
  },
};

/** Two pods. The second name begins with the first. */
async function rentTwo(trial: Trial): Promise<[Pod, Pod]> {
  const request = trial.request();
  const pod = await trial.spawn(request);
  return [pod, await trial.spawn(trial.request({ name: `${request.name}-2` }))];
}

/** One pod more than fits on a page. */
async function rentPages(trial: Trial): Promise<Pod[]> {
  const count = (trial.options.http?.pageSize ?? 0) + 1;
  const pods: Pod[] = [];
  while (pods.length < count) {
    const some = Array.from({ length: Math.min(20, count - pods.length) }, async () => trial.spawn());
    pods.push(...(await Promise.all(some)));
  }
  return pods;
}

function demandOnly(pods: readonly Pod[], field: 'name' | 'status' | 'region' | 'gpu', value: unknown): void {
  const others = [...new Set(pods.map((pod) => pod[field]))].filter((of) => of !== value);
  demandEqual(others, [], `other values of ${field} in a list with the filter { ${field}: ${short(value)} }`);
}

async function demandFilters(trial: Trial, field: 'region' | 'gpu'): Promise<void> {
  const { id, name } = await trial.spawn();
  await trial.listed([name]);
  const filter: ListFilter = { [field]: NOWHERE };
  const elsewhere = (await trial.list(filter)).filter((pod) => pod.id === id).length;
  demandEqual(elsewhere, 0, `how often the list with the filter ${short(filter)} has a pod that doesn't match`);
  const value = (await trial.get(id))[field];
  if (value === null) return;
  const pods = await trial.listed([name], { [field]: value });
  demandOnly(pods, field, value);
}

async function demandVoid(trial: Trial, faults: readonly { name: string; outcome: WireOutcome }[]): Promise<void> {
  for (const { name, outcome } of faults) {
    const met = trial.http.inject({ executed: outcome.kind === 'edit', outcome });
    await trial.rejection(`a list answered by ${name}`, trial.list());
    await met;
  }
}

async function listWith(trial: Trial, abort: AbortController): Promise<unknown> {
  return await trial.call('list', async (context) => trial.provider.list({}, context), abort);
}
