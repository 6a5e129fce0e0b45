import type { PodRequest } from '../../../providers/contract';
import { demand, demandEqual, isRefused, kindOf, retryAfterOf } from '../assertions';
import type { ConformanceFaults } from '../options';
import type { Trial } from '../trial';
import { allNull } from '../wire/edits';
import { answer, errorAnswer, page, redirect, RESETS, type WireOutcome, UNREADABLE } from '../wire/faults';
import type { ChecksOf } from './checksOf';

const RETRY_AFTER_MS = 7_000;

export const CREATE: ChecksOf<'create'> = {
  'create-once': async (trial) => {
    await trial.spawn();
    demandEqual(trial.http.createCount, 1, 'the number of create requests of one answered spawn');
    const faults: readonly NamedOutcome[] = [
      { name: '429', outcome: errorAnswer(trial, 429, 'too many requests', { 'retry-after': '0' }) },
      { name: '500', outcome: errorAnswer(trial, 500) },
      { name: '503', outcome: errorAnswer(trial, 503, 'busy', { 'retry-after': '0' }) },
      { name: 'an HTML page', outcome: page(502) },
      ...RESETS,
      ...UNREADABLE,
      { name: 'no answer', outcome: { kind: 'hang' } },
    ];
    for (const { name, outcome } of faults) {
      const before = trial.http.createCount;
      const met = trial.http.inject({ on: 'create', executed: outcome.kind !== 'answer', outcome });
      await trial.failure(
        trial.abandon(met, outcome.kind === 'hang', async (abort) => trial.spawn(trial.request(), { abort })),
      );
      trial.http.clear();
      await trial.list();
      demandEqual(trial.http.createCount - before, 1, `the number of create requests of a spawn answered by ${name}`);
    }
  },

  'create-no-answer': async (trial) => {
    await demandUnknown(trial, 'createExecutedThenNoAnswer', [{ name: 'no answer', outcome: { kind: 'hang' } }]);
  },

  'create-error': async (trial) => {
    await demandUnknown(trial, 'createExecutedThenError', [
      { name: '500', outcome: errorAnswer(trial, 500) },
      { name: '502 with an HTML page', outcome: page(502) },
      { name: '503', outcome: errorAnswer(trial, 503) },
      { name: '504', outcome: errorAnswer(trial, 504) },
    ]);
  },

  'create-reset': async (trial) => {
    await demandUnknown(trial, null, RESETS);
  },

  'create-unreadable': async (trial) => {
    await demandUnknown(trial, null, [
      ...UNREADABLE,
      { name: '200 with {}', outcome: answer(200, '{}') },
      { name: 'a reply in which every value is null', outcome: { kind: 'edit', edit: allNull } },
      { name: 'a redirect', outcome: redirect(303) },
    ]);
  },

  'create-not-sent': async (trial) => {
    const request = trial.request();
    const cutOff = trial.wire === null ? trial.provider : await trial.cutOff();
    if (trial.wire === null) await trial.arrange('createNotSent');
    const what = "a spawn whose cloud can't be reached";
    const error = await trial.rejection(what, trial.spawn(request, { provider: cutOff }));
    demandEqual(isRefused(error), true, `refused of ${what}`);
    await trial.demandNothingMade(request.name, what);
  },

  'create-rate-limited': async (trial) => {
    const what = 'a create answered by 429 with Retry-After: 7';
    const headers = { 'retry-after': String(RETRY_AFTER_MS / 1_000) };
    const outcome = errorAnswer(trial, 429, 'too many requests', headers);
    const error = await refusal(trial, what, 'createRateLimited', outcome, RETRY_AFTER_MS);
    demandEqual(kindOf(error), 'rate_limited', `the kind of ${what}`);
    demandEqual(isRefused(error), true, `refused of ${what}`);
    demandEqual(retryAfterOf(error), RETRY_AFTER_MS, `retryAfterMs of ${what}`);
  },

  'create-unauthorized': async (trial) => {
    const what = 'a create answered by 401';
    const error = await refusal(trial, what, 'createUnauthorized', errorAnswer(trial, 401, 'the API key is not valid'));
    demandEqual(kindOf(error), 'unauthorized', `the kind of ${what}`);
    demandEqual(isRefused(error), true, `refused of ${what}`);
  },

  'create-before-send': async (trial) => {
    const createsAt: number[] = [];
    const beforeSend = (): void => {
      createsAt.push(trial.wire?.createCount ?? 0);
    };
    await trial.spawn(trial.request(), { beforeSend });
    demandEqual(createsAt, [0], 'the number of create requests sent before each call of beforeSend');
  },

  'create-fence': async (trial) => {
    const request = trial.request();
    const tooLate = new Error('the request may no longer be sent');
    const beforeSend = (): void => {
      throw tooLate;
    };
    const error = await trial.rejection('a spawn whose beforeSend throws', trial.spawn(request, { beforeSend }));
    demand(error === tooLate, `an error of beforeSend must pass unchanged, but it was ${kindOf(error)}`);
    await trial.demandNothingMade(request.name, 'a spawn whose beforeSend throws');
  },

  'create-aborted': async (trial) => {
    const request = trial.request();
    const abort = new AbortController();
    abort.abort();
    const what = 'a spawn with an aborted signal';
    const error = await trial.rejection(what, trial.spawn(request, { abort }));
    demandEqual(isRefused(error), true, `refused of ${what}`);
    await trial.demandNothingMade(request.name, what);
  },
};

interface NamedOutcome {
  name: string;
  outcome: WireOutcome;
}

/** The cloud creates the pod each time, but the provider can't know it. */
async function demandUnknown(
  trial: Trial,
  hook: 'createExecutedThenNoAnswer' | 'createExecutedThenError' | null,
  outcomes: readonly NamedOutcome[],
): Promise<void> {
  if (trial.wire === null) {
    demand(hook !== null, 'the check needs a provider that speaks HTTP');
    await trial.arrange(hook);
    const request = trial.request();
    await demandOutcomeOpen(
      trial,
      request,
      'that fails',
      trial.abandonSoon(async (abort) => trial.spawn(request, { abort })),
    );
    return;
  }
  for (const { name, outcome } of outcomes) {
    const request = trial.request();
    const met = trial.http.inject({ on: 'create', executed: true, outcome });
    const call = trial.abandon(met, outcome.kind === 'hang', async (abort) => trial.spawn(request, { abort }));
    await demandOutcomeOpen(trial, request, `answered by ${name}`, call);
  }
}

async function demandOutcomeOpen(
  trial: Trial,
  request: PodRequest,
  how: string,
  call: Promise<unknown>,
): Promise<void> {
  const what = `a create that was executed, and ${how}`;
  const error = await trial.rejection(what, call);
  demandEqual(isRefused(error), false, `refused of ${what}`);
  trial.wire?.clear();
  await trial.listed([request.name]);
}

async function refusal<Hook extends 'createRateLimited' | 'createUnauthorized'>(
  trial: Trial,
  what: string,
  hook: Hook,
  outcome: WireOutcome,
  ...given: Parameters<NonNullable<ConformanceFaults[Hook]>>
): Promise<unknown> {
  if (trial.wire === null) await trial.arrange(hook, ...given);
  else void trial.wire.inject({ on: 'create', executed: false, outcome });
  return await trial.rejection(what, trial.spawn());
}
