import { LONGEST_WAIT_MS } from '../../../http';
import { isErrorKind } from '../../../model';
import type { ErrorKind } from '../../../model';
import { demand, demandEqual, kindOf, retryAfterOf, short } from '../assertions';
import { operationsOf, READS } from '../operations';
import type { FailedRead } from '../options';
import type { Trial } from '../trial';
import { allNull, otherId } from '../wire/edits';
import { answer, errorAnswer, page, RESETS, type WireOutcome, UNREADABLE } from '../wire/faults';
import type { ChecksOf } from './checksOf';

const STATUSES = [
  302, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 423, 425, 429, 500, 501, 502, 503, 504,
];
const FAILED_READS: readonly FailedRead[] = ['error', 'unauthorized', 'forbidden', 'rate_limited', 'no_answer'];

export const ERRORS: ChecksOf<'errors'> = {
  'errors-get-unknown': async (trial) => {
    const what = `a get of the unknown pod ${trial.unknownId}`;
    demandEqual(kindOf(await trial.rejection(what, trial.get(trial.unknownId))), 'not_found', `the kind of ${what}`);
  },

  'errors-stop-unknown': async (trial) => {
    for (const operation of operationsOf(trial).filter(({ name }) => name === 'stop' || name === 'start')) {
      const what = `a ${operation.name} of the unknown pod ${trial.unknownId}`;
      const error = await trial.rejection(what, operation.call(trial, trial.unknownId));
      demandEqual(kindOf(error), 'not_found', `the kind of ${what}`);
    }
  },

  'errors-closed': async (trial) => {
    const { id } = await trial.spawn();
    const demandClosed = (what: string, error: unknown): void => {
      const kind = kindOf(error);
      demand(error === undefined || isErrorKind(kind), `the error of ${what} must be a PodkeeperError, but is ${kind}`);
    };
    for (const operation of operationsOf(trial)) {
      const abort = new AbortController();
      abort.abort();
      demandClosed(`an aborted ${operation.name}`, await trial.failure(operation.call(trial, id, abort)));
      if (operation.name === 'spawn' || operation.name === 'list') continue;
      demandClosed(
        `a ${operation.name} of an unknown pod`,
        await trial.failure(operation.call(trial, trial.unknownId)),
      );
    }
    if (trial.wire === null) {
      for (const how of trial.options.faults?.getFails === undefined ? [] : FAILED_READS) {
        await trial.arrange('getFails', how);
        demandClosed(`a get that fails (${how})`, await trial.failure(getSoon(trial, id)));
      }
      return;
    }
    for (const operation of operationsOf(trial)) {
      for (const { name, outcome } of [
        ...outcomesOf(trial, STATUSES),
        ...UNREADABLE,
        { name: 'no answer', outcome: HANG },
      ]) {
        const on = operation.name === 'spawn' ? 'create' : operation.changes ? 'change' : 'any';
        const met = trial.wire.inject({ on, executed: false, outcome });
        const hangs = outcome.kind === 'hang';
        const call = trial.abandon(met, hangs, async (abort) => operation.call(trial, id, abort));
        demandClosed(`a ${operation.name} answered by ${name}`, await trial.failure(call));
      }
    }
  },

  'errors-unauthorized': async (trial) => demandKind(trial, 401, 'unauthorized'),
  'errors-forbidden': async (trial) => demandKind(trial, 403, 'forbidden'),
  'errors-rate-limited': async (trial) => {
    await demandKind(trial, 429, 'rate_limited');
    if (trial.wire === null) return;
    void trial.wire.inject({ executed: false, outcome: answer(429, 'Too Many Requests', 'text/plain') });
    const what = 'a list answered by 429 with a plain text';
    demandEqual(kindOf(await trial.rejection(what, trial.list())), 'rate_limited', `the kind of ${what}`);
  },

  'errors-retry-after': async (trial) => {
    const { id } = await trial.spawn();
    for (const { value, least, most } of RETRY_AFTER()) {
      const headers: Record<string, string> = value === null ? {} : { 'retry-after': value };
      void trial.http.inject({ executed: false, outcome: errorAnswer(trial, 429, 'too many requests', headers) });
      const what = `a get answered by 429 ${value === null ? 'without Retry-After' : `with Retry-After: ${value}`}`;
      const stated = retryAfterOf(await trial.rejection(what, trial.get(id)));
      const fits = stated === undefined ? least === 0 : typeof stated === 'number' && stated >= least && stated <= most;
      demand(fits, `retryAfterMs of ${what} must be ${least} to ${most} ms, but is ${short(stated)}`);
    }
  },

  'errors-not-gone': async (trial) => {
    const { id } = await trial.spawn();
    const demandNotGone = async (what: string, call: Promise<unknown>): Promise<void> => {
      const kind = kindOf(await trial.rejection(what, call));
      demand(kind !== 'not_found', `${what} must not be not_found: it doesn't prove that the pod is gone`);
    };
    if (trial.wire === null) {
      for (const how of FAILED_READS) {
        await trial.arrange('getFails', how);
        await demandNotGone(`a get that fails (${how})`, getSoon(trial, id));
      }
      return;
    }
    const statuses = STATUSES.filter((status) => status !== 404);
    for (const { name, outcome } of [...outcomesOf(trial, statuses), ...UNREADABLE]) {
      void trial.wire.inject({ executed: false, outcome });
      await demandNotGone(`a get answered by ${name}`, trial.get(id));
    }
    const cutOff = await trial.cutOff();
    await demandNotGone("a get whose cloud can't be reached", trial.get(id, cutOff));
  },

  'errors-get-unreadable': async (trial) => {
    const { id } = await trial.spawn();
    const replies: { name: string; outcome: WireOutcome }[] = [
      ...UNREADABLE,
      { name: '200 with {}', outcome: answer(200, '{}') },
      { name: '200 with []', outcome: answer(200, '[]') },
      { name: 'a reply in which every value is null', outcome: { kind: 'edit', edit: allNull } },
      { name: 'another pod', outcome: { kind: 'edit', edit: otherId(id, trial.unknownId) } },
    ];
    for (const { name, outcome } of replies) {
      void trial.http.inject({ executed: outcome.kind === 'edit', outcome });
      await trial.rejection(`a get answered by ${name}`, trial.get(id));
    }
  },
};

const HANG: WireOutcome = { kind: 'hang' };

/** Expected ranges, ms. An unreadable header may be ignored; `least` is 0 then. */
function RETRY_AFTER(): { value: string | null; least: number; most: number }[] {
  return [
    { value: '7', least: 7_000, most: 7_999 },
    // HTTP dates have whole seconds, and the reply takes some time.
    { value: new Date(Date.now() + 3_600_000).toUTCString(), least: 3_000_000, most: 3_600_000 },
    { value: new Date(Date.now() - 3_600_000).toUTCString(), least: 0, most: 1_000 },
    ...['-5', 'soon', '', 'NaN', '1e99', '9'.repeat(30)].map((value) => ({ value, least: 0, most: LONGEST_WAIT_MS })),
    { value: null, least: 0, most: LONGEST_WAIT_MS },
  ];
}

function outcomesOf(trial: Trial, statuses: readonly number[]): { name: string; outcome: WireOutcome }[] {
  return [
    ...statuses.map((status) => ({ name: String(status), outcome: errorAnswer(trial, status) })),
    { name: '502 with an HTML page', outcome: page(502) },
    { name: '403 with an HTML page', outcome: page(403) },
    ...RESETS,
  ];
}

async function demandKind(trial: Trial, status: 401 | 403 | 429, kind: ErrorKind & FailedRead): Promise<void> {
  const { id } = await trial.spawn();
  if (trial.wire === null) {
    await trial.arrange('getFails', kind);
    const error = await trial.rejection(`a get that fails (${kind})`, trial.get(id));
    demandEqual(kindOf(error), kind, `the kind of a get that fails (${kind})`);
    return;
  }
  for (const operation of READS) {
    void trial.wire.inject({ executed: false, outcome: errorAnswer(trial, status) });
    const what = `a ${operation.name} answered by ${status}`;
    demandEqual(kindOf(await trial.rejection(what, operation.call(trial, id))), kind, `the kind of ${what}`);
  }
}

async function getSoon(trial: Trial, id: string): Promise<unknown> {
  return await trial.abandonSoon(async (abort) =>
    trial.call('get', async (context) => trial.provider.get(id, context), abort),
  );
}
