import { demand, demandEqual, short } from '../assertions';
import { operationsOf, READS, SPAWN, TERMINATE } from '../operations';
import type { Operation } from '../operations';
import type { Trial } from '../trial';
import { addFields } from '../wire/edits';
import { errorAnswer, redirect, REDIRECT_PATH, RESETS, type WireOutcome } from '../wire/faults';
import type { ChecksOf } from './checksOf';

/** More than the largest documented reply of a provider, 20 MB of a job's output. */
const HUGE_BYTES = 32 * 1_024 * 1_024;
const POLLUTED = 'podkeeperPolluted';

export const BOUNDS: ChecksOf<'bounds'> = {
  'bounds-aborted': async (trial) => {
    const { id } = await trial.spawn();
    for (const operation of [...READS, TERMINATE]) {
      const before = trial.wire?.seen.length ?? 0;
      const abort = new AbortController();
      abort.abort();
      const what = `a ${operation.name} with an aborted signal`;
      await trial.rejection(what, operation.call(trial, id, abort));
      // Once this is answered, everything that the call sent has arrived.
      await trial.call('after', async (context) => trial.provider.get(id, context));
      const sent = (trial.wire?.seen ?? []).slice(before).filter((request) => request.operation === operation.name);
      demandEqual(sent.length, 0, `the number of requests sent by ${what}`);
    }
  },

  'bounds-deadline': async (trial) => {
    await demandEndsWithSignal(trial, { kind: 'hang' }, 'gets no answer');
  },

  'bounds-drip': async (trial) => {
    await demandEndsWithSignal(trial, { kind: 'drip' }, 'receives its answer byte by byte');
    await trial.socketsClosed();
  },

  'bounds-body': async (trial) => {
    const { id } = await trial.spawn();
    for (const operation of [...READS, SPAWN]) {
      const on = operation.name === 'spawn' ? 'create' : 'any';
      void trial.http.inject({ on, executed: true, outcome: { kind: 'pad', bytes: HUGE_BYTES } });
      const what = `a ${operation.name} answered by ${HUGE_BYTES} bytes`;
      const error = await trial.failure(operation.call(trial, id));
      demand(error !== undefined, `${what} must reject before it has read the whole body, but it resolved`);
    }
  },

  'bounds-retries': async (trial) => {
    const { id } = await trial.spawn();
    const faults: { name: string; outcome: WireOutcome }[] = [
      { name: '429', outcome: errorAnswer(trial, 429, 'too many requests', { 'retry-after': '0' }) },
      { name: '500', outcome: errorAnswer(trial, 500) },
      { name: '503', outcome: errorAnswer(trial, 503, 'busy', { 'retry-after': '0' }) },
      ...RESETS,
    ];
    for (const operation of [...READS, TERMINATE]) {
      for (const { name, outcome } of faults) {
        const before = trial.http.seen.length;
        void trial.http.inject({ on: operation.changes ? 'change' : 'any', executed: false, outcome });
        await trial.failure(operation.call(trial, id));
        const sent = trial.http.seen.slice(before).map(({ method, path }) => `${method} ${path}`);
        const most = Math.max(...[...new Set(sent)].map((one) => sent.filter((other) => other === one).length));
        demandEqual(most, 1, `how often a ${operation.name} answered by ${name} was sent`);
      }
    }
  },

  'bounds-redirect': async (trial) => {
    const { id } = await trial.spawn();
    for (const operation of operationsOf(trial)) {
      for (const status of [301, 302, 307, 308]) {
        const on = operation.name === 'spawn' ? 'create' : operation.changes ? 'change' : 'any';
        void trial.http.inject({ on, executed: false, outcome: redirect(status) });
        const what = `a ${operation.name} answered by the redirect ${status}`;
        await trial.rejection(what, operation.call(trial, id));
        const followed = trial.http.seen.filter(({ path }) => path.startsWith(REDIRECT_PATH)).length;
        demandEqual(followed, 0, `how often ${what} was followed`);
      }
    }
  },

  'bounds-pollution-input': async (trial) => {
    const poison = JSON.parse(
      `{"__proto__":{"${POLLUTED}":"yes"},"constructor":{"prototype":{"${POLLUTED}":"yes"}}}`,
    ) as object;
    const request = trial.request();
    await trial.failure(
      trial.spawn({ ...request, labels: { ...request.labels, ...poison }, providerOptions: { ...poison } }),
    );
    await trial.failure(trial.list({ ...poison }));
    demandUnpolluted([]);
  },

  'bounds-pollution-reply': async (trial) => {
    const { id, name } = await trial.spawn();
    await trial.listed([name]);
    const poison: [string, Record<string, string | Record<string, string>>][] = [
      ['__proto__', { [POLLUTED]: 'yes' }],
      ['constructor', { prototype: { [POLLUTED]: 'yes' } }],
    ];
    void trial.http.inject({ executed: true, outcome: { kind: 'edit', edit: addFields(id, poison) } });
    const results: unknown[] = [];
    for (const operation of READS) {
      await trial.failure(operation.call(trial, id).then((result) => results.push(result)));
    }
    demandUnpolluted(results.flat());
  },
};

async function demandEndsWithSignal(trial: Trial, outcome: WireOutcome, how: string): Promise<void> {
  const { id } = await trial.spawn();
  const operations: readonly Operation[] = outcome.kind === 'hang' ? [...READS, TERMINATE] : [...READS, SPAWN];
  for (const operation of operations) {
    const on = operation.name === 'spawn' ? 'create' : operation.changes ? 'change' : 'any';
    const met = trial.http.inject({ on, executed: outcome.kind === 'drip', outcome });
    const call = trial.abandon(met, true, async (abort) => operation.call(trial, id, abort));
    await trial.rejection(`a ${operation.name} that ${how} until its signal aborts`, call);
  }
}

function demandUnpolluted(results: readonly unknown[]): void {
  const found: unknown = Reflect.get({}, POLLUTED);
  Reflect.deleteProperty(Object.prototype, POLLUTED);
  demandEqual(found, undefined, `the field ${POLLUTED} of every object`);
  for (const result of results) {
    const inherited: unknown =
      typeof result === 'object' && result !== null ? Reflect.get(result, POLLUTED) : undefined;
    demand(inherited === undefined, `a result has a prototype from the reply: ${short(result)}`);
  }
}
