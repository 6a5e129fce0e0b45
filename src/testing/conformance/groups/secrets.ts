import { randomBytes } from 'node:crypto';
import type { Pod } from '../../../model';
import { demand } from '../assertions';
import { traceOf } from '../leaks';
import { operationsOf } from '../operations';
import type { FailedRead } from '../options';
import type { Trial } from '../trial';
import { addFields } from '../wire/edits';
import { answer, errorAnswer, type WireOutcome } from '../wire/faults';
import type { ChecksOf } from './checksOf';

const ECHOING = [400, 401, 403, 404, 409, 422, 429, 500];
const FAILED_READS: readonly FailedRead[] = ['error', 'unauthorized', 'forbidden', 'rate_limited'];

export const SECRETS: ChecksOf<'secrets'> = {
  'secrets-errors': async (trial) => {
    const canaries = newCanaries();
    const { id } = await trial.spawn(requestWith(trial, canaries));
    const held = [...(trial.options.secrets ?? [])];
    for (const operation of operationsOf(trial)) {
      // Only a create gets the variables, so only there can a provider know that they are secrets.
      const isSpawn = operation.name === 'spawn';
      const secrets = isSpawn ? [...held, ...canaries.values()] : held;
      const call = async (abort?: AbortController): Promise<unknown> =>
        isSpawn
          ? trial.spawn(requestWith(trial, canaries), abort === undefined ? {} : { abort })
          : operation.call(trial, id, abort);
      for (const { name, outcome } of trial.wire === null ? [] : echoes(trial, secrets)) {
        void trial.wire?.inject({
          on: isSpawn ? 'create' : operation.changes ? 'change' : 'any',
          executed: false,
          outcome,
        });
        demandNoTrace(await trial.failure(call()), secrets, `a ${operation.name} answered by ${name}`);
      }
      trial.wire?.clear();
      const abort = new AbortController();
      abort.abort();
      demandNoTrace(await trial.failure(call(abort)), secrets, `an aborted ${operation.name}`);
    }
    if (trial.wire === null) await inProcess(trial, id, held);
    else {
      const error = await trial.failure(trial.spawn(requestWith(trial, canaries), { provider: await trial.cutOff() }));
      demandNoTrace(error, [...held, ...canaries.values()], "a spawn whose cloud can't be reached");
    }
  },

  'secrets-results': async (trial) => {
    const canaries = newCanaries();
    const request = requestWith(trial, canaries);
    const secrets = [...(trial.options.secrets ?? []), ...canaries.values()];
    const echoed = [...canaries].map(([name, value]): [string, string] => [name, value]);
    const fields: [string, Record<string, string>][] = [
      ['env', Object.fromEntries(echoed)],
      ['environment', Object.fromEntries(echoed)],
    ];
    void trial.wire?.inject({ executed: true, outcome: { kind: 'edit', edit: addFields(null, fields) } });
    const spawned = await trial.spawn(request);
    trial.wire?.clear();
    await trial.listed([request.name]);
    void trial.wire?.inject({ executed: true, outcome: { kind: 'edit', edit: addFields(spawned.id, fields) } });
    await demandCleanResults(trial, spawned, secrets, 'a secret');
  },

  'secrets-raw': async (trial) => {
    const canary = `podkeeper-raw-${randomBytes(12).toString('hex')}`;
    const fields: [string, string][] = [['podkeeperCanary', canary]];
    void trial.http.inject({ executed: true, outcome: { kind: 'edit', edit: addFields(null, fields) } });
    const spawned = await trial.spawn();
    trial.http.clear();
    await trial.listed([spawned.name]);
    void trial.http.inject({ executed: true, outcome: { kind: 'edit', edit: addFields(spawned.id, fields) } });
    await demandCleanResults(trial, spawned, [canary], 'a field of the raw reply');
  },
};

/** Unique values. One has characters that every encoding changes. */
function newCanaries(): Map<string, string> {
  return new Map([
    ['HF_TOKEN', `canary-${randomBytes(12).toString('hex')}`],
    ['DATABASE_URL', `postgres://canary:${randomBytes(12).toString('hex')}"+/=@host/x y`],
    ['PODKEEPER_TOKEN', randomBytes(32).toString('base64url')],
  ]);
}

function requestWith(trial: Trial, canaries: ReadonlyMap<string, string>): ReturnType<Trial['request']> {
  return trial.request({ env: { ...trial.options.request?.env, ...Object.fromEntries(canaries) } });
}

function echoes(trial: Trial, secrets: readonly string[]): { name: string; outcome: WireOutcome }[] {
  const echo = `invalid request: ${secrets.join(' and ')}`;
  const encoded = secrets.map((secret) => encodeURIComponent(secret)).join('&');
  const short = secrets[0] ?? 'nothing';
  return [
    ...ECHOING.map((status) => ({
      name: `${status} with the secrets in it`,
      outcome: errorAnswer(trial, status, echo),
    })),
    { name: '400 with the secrets as a plain text', outcome: answer(400, echo, 'text/plain') },
    {
      name: '400 with the secrets percent-encoded',
      outcome: errorAnswer(trial, 400, `GET /pods?${encoded} is invalid`),
    },
    { name: '502 with the secrets in a page', outcome: answer(502, `<html>${echo}</html>`, 'text/html') },
    { name: '200 with the secrets in broken JSON', outcome: answer(200, `{"id": ${echo}`) },
    {
      name: '500 with a secret in a header',
      outcome: errorAnswer(trial, 500, 'failed', { 'x-echo': encodeURIComponent(short) }),
    },
  ];
}

async function inProcess(trial: Trial, id: string, secrets: readonly string[]): Promise<void> {
  if (trial.options.faults?.getFails === undefined) return;
  for (const how of FAILED_READS) {
    await trial.arrange('getFails', how);
    demandNoTrace(await trial.failure(trial.get(id)), secrets, `a get that fails (${how})`);
  }
}

function demandNoTrace(thrown: unknown, secrets: readonly string[], what: string): void {
  const trace = traceOf(thrown, secrets);
  demand(trace === null, `the error of ${what} contains a secret in ${trace ?? ''}`);
}

async function demandCleanResults(trial: Trial, spawned: Pod, secrets: readonly string[], what: string): Promise<void> {
  const { id } = spawned;
  const results: [string, unknown][] = [
    ['spawn', spawned],
    ['get', await trial.get(id)],
    ['list', (await trial.list()).filter((pod) => pod.id === id)],
  ];
  for (const [from, result] of results) {
    const trace = traceOf(result, secrets);
    demand(trace === null, `what ${from} answers shows ${what} in ${trace ?? ''}`);
  }
}
