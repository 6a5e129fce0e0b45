import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { secretsFrom } from '../../../src/activities';
import { podToken } from '../../../src/auth';
import { tracesIn } from './traces';
import { podkeeper } from '../../cli/support/inProcess';
import { devServerAddress } from '../../support/environment';
import { until } from '../../support/until';
import { SPEC, openRunpodStage } from './stage';
import type { RunpodStage } from './stage';

const API_KEY = `rpa_${randomBytes(20).toString('hex')}`;
const TOKEN_SECRET = randomBytes(32).toString('hex');
/** Secrets by name, one for each encoding. */
const SECRETS: Readonly<Record<string, string>> = {
  HEX: randomBytes(16).toString('hex'),
  BASE64: randomBytes(24).toString('base64'),
  BASE64URL: randomBytes(24).toString('base64url'),
  URL: `postgres://user:${randomBytes(8).toString('hex')}@host.example/db?x=1&y=2`,
  QUOTES: `a"b'c\`${randomBytes(8).toString('hex')}\\d`,
  LINES: `-----BEGIN KEY-----\n${randomBytes(24).toString('base64')}\n${randomBytes(24).toString('base64')}\n-----END KEY-----`,
  UNICODE: `Größe-☃-${randomBytes(8).toString('hex')}`,
  MARKUP: `<b>${randomBytes(8).toString('hex')}&amp;</b>`,
  JSON: JSON.stringify({ key: randomBytes(8).toString('hex') }),
  SPACES: `pass phrase ${randomBytes(8).toString('hex')} end`,
  PERCENT: `100%25${randomBytes(8).toString('hex')}%`,
  DOLLARS: `$&$1$$${randomBytes(8).toString('hex')}`,
  LONG: randomBytes(600).toString('hex'),
  JWT: `eyJhbGciOiJIUzI1NiJ9.${randomBytes(24).toString('base64url')}.${randomBytes(24).toString('base64url')}`,
  GITHUB: `ghp_${randomBytes(18).toString('hex')}`,
  HF: `hf_${randomBytes(17).toString('hex')}`,
};
/** A text that isn't secret and is everywhere a secret could be, to check that the search works. */
const PLANTED = `planted-${randomBytes(8).toString('hex')}`;

const logged: string[] = [];

let stage: RunpodStage;

beforeAll(async () => {
  const logger = new DefaultLogger('DEBUG', (entry) => logged.push(inspect(entry, { depth: 9 })));
  Runtime.install({ logger, shutdownSignals: [] });
  const environment = Object.fromEntries(
    Object.entries(SECRETS).map(([name, value]) => [`PODKEEPER_SECRET_${name}`, value]),
  );
  stage = await openRunpodStage(
    { keys: [API_KEY] },
    { secrets: secretsFrom(environment), tokenSecret: TOKEN_SECRET },
    { ownsRuntime: true },
  );
});
afterAll(async () => stage.close());

test('no secret leaves a life in which the cloud echoes all of them, by no channel', async () => {
  const echo = `${PLANTED}: ${[API_KEY, ...Object.values(SECRETS)].join(' and ')}, Authorization: Bearer ${API_KEY}`;
  const { cloud } = stage.cloud;
  cloud.inject({ kind: 'refused', on: 'create', code: 'no_capacity', message: echo });
  cloud.inject({ kind: 'refused', on: 'create', code: 'rate_limited', message: echo, retryAfterMs: 100, after: 1 });
  const pod = await stage.podkeeper.spawn({
    ...SPEC,
    auth: 'bearer',
    labels: { note: PLANTED },
    env: Object.fromEntries(Object.keys(SECRETS).map((name) => [name, { secret: name }])),
  });
  await pod.healthy();
  const info = await pod.info();
  const tokens = stage.creates().map(({ name }) => podToken(TOKEN_SECRET, name));
  // A refused end raises an alarm, so that it is also in the worker's log.
  const message = `${PLANTED}: the key ${API_KEY} may not`;
  cloud.inject({ kind: 'refused', on: 'terminate', code: 'forbidden', message });
  const cli = [await run('get', pod.id), await run('get', pod.id, '--json'), await run('events', pod.id)];
  const report = await pod.terminate();
  await until('the alarm is logged', () => logged.some((entry) => entry.includes('may not')), 30_000);

  cloud.inject({ kind: 'refused', on: 'create', code: 'invalid', message: echo });
  const failing = await stage.podkeeper.spawn({
    ...SPEC,
    env: Object.fromEntries(Object.keys(SECRETS).map((name) => [name, { secret: name }])),
  });
  const error: unknown = await failing.healthy().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  cli.push(await run('get', failing.id), await run('list', '--all', '--json'), await run('events', pod.id, '--json'));
  const events = [];
  for await (const event of pod.events()) events.push(event);

  const channels: Record<string, string> = {
    history: `${await historyOf(pod.workflowId)}${await historyOf(failing.workflowId)}`,
    logs: logged.join('\n'),
    errors: inspect(error, { depth: 9, showHidden: true }),
    answers: JSON.stringify([info, report, events]),
    cli: cli.join('\n'),
  };

  expect(stage.creates().at(-2)?.body).toMatchObject({ env: SECRETS });
  expect(tokens).toHaveLength(3);
  const secrets = [API_KEY, TOKEN_SECRET, ...tokens, ...Object.values(SECRETS)];
  expect(secrets.length).toBeGreaterThanOrEqual(20);
  for (const [channel, text] of Object.entries(channels)) {
    expect({ channel, traces: tracesIn(text, secrets) }).toEqual({ channel, traces: [] });
    // The same search finds the planted text.
    expect({ channel, traces: tracesIn(text, [PLANTED]) }).toEqual({ channel, traces: [PLANTED] });
  }
}, 120_000);

test('the eye finds each secret in each form', () => {
  for (const secret of [API_KEY, ...Object.values(SECRETS)]) {
    for (const form of [
      secret,
      JSON.stringify(secret),
      JSON.stringify(JSON.stringify(secret)),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
      inspect({ secret }),
    ]) {
      expect(tracesIn(`before ${form} after`, [secret])).toEqual([secret]);
    }
  }
});

async function run(...args: string[]): Promise<string> {
  const { stdout, stderr } = await podkeeper(args, {
    TEMPORAL_ADDRESS: devServerAddress(),
    PODKEEPER_DEPLOYMENT: stage.deployment,
  });
  return `${stdout}\n${stderr}`;
}

/** Everything that Temporal stores about a claim, with decoded payloads. */
async function historyOf(workflowId: string): Promise<string> {
  const handle = stage.client.workflow.getHandle(workflowId);
  const history = await handle.fetchHistory();
  const bytes = Buffer.from(temporal.api.history.v1.History.encode(history).finish());
  return `${bytes.toString('utf8')}\n${inspect(await handle.describe(), { depth: 12 })}`;
}
