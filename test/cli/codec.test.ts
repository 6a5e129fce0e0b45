import { Client, Connection } from '@temporalio/client';
import { runCli, startCli, firstDocument } from './support/cli';
import type { Answer } from './support/cli';
import { CODEC, CODEC_MODULE, startCodecServer } from './support/codec';
import type { Codec } from './support/codec';
import { SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment({ worker: false });
const codecFile = here.directory.write('codec.mjs', CODEC_MODULE);
const common = here.directory.write('codec.cjs', CODEC);
const plain = (...args: string[]) => runCli(args, here.env, here.directory.path);
const coded = (...args: string[]) =>
  runCli(args, { ...here.env, PODKEEPER_CODEC_MODULE: codecFile }, here.directory.path);
const spec = here.directory.write('pod.yaml', `${SERVER_SPEC}owner: canary-owner\nenv: { CANARY: canary-value }\n`);

beforeAll(async () => {
  await firstDocument(startCli(['worker', '--json', '--codec-module', 'codec.mjs'], here.env, here.directory.path));
}, 60_000);

/** A refusal in our own words that names what is missing. */
function lacksCodec({ code, stderr }: Answer): void {
  expect(stderr).toContain('--codec-module');
  expect(stderr).toContain('binary/secret');
  expect(stderr).not.toMatch(/Unknown encoding|ValueError/);
  expect(code).not.toBe(0);
}

/** Whether Temporal has a claim's workflow. */
async function isKnown(claim: string): Promise<boolean> {
  const connection = await Connection.connect({ address: here.env['TEMPORAL_ADDRESS'] });
  const execution = { workflowId: `${here.name}/${claim}` };
  try {
    await connection.workflowService.describeWorkflowExecution({ namespace: 'default', execution });
    return true;
  } catch (error) {
    if (String(error).includes('NOT_FOUND')) return false;
    throw error;
  } finally {
    await connection.close();
  }
}

/** Everything that Temporal stores about a claim, as text. */
async function storedOf(claim: string): Promise<string> {
  const connection = await Connection.connect({ address: here.env['TEMPORAL_ADDRESS'] });
  const request = { namespace: 'default', execution: { workflowId: `${here.name}/${claim}` } };
  const { history } = await connection.workflowService.getWorkflowExecutionHistory(request);
  await connection.close();
  const texts: string[] = [];
  JSON.stringify(history, (_key, value: unknown) => {
    if (Buffer.isBuffer(value) || value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'));
    return value;
  });
  return texts.join('\n');
}

test('every command works with the codec, and Temporal stores nothing readable', async () => {
  const spawned = await coded('spawn', spec, '--id', 'enc', '--wait', '--json');
  expect(spawned).toMatchObject({ code: 0 });
  expect((await coded('list')).stdout).toMatch(/^enc +healthy/m);
  for (const command of ['get', 'touch', 'events', 'logs']) {
    expect(await coded(command, 'enc')).toMatchObject({ code: 0 });
  }
  expect((await plain('list', '--codec-module', codecFile)).stdout).toMatch(/^enc +healthy/m);
  expect(await storedOf('enc')).not.toContain('canary-value');
}, 120_000);

test('each command without the codec names the option that is missing', async () => {
  const commands = [['list'], ['get', 'enc'], ['events', 'enc'], ['touch', 'enc'], ['logs', 'enc'], ['top', '--json']];
  for (const args of commands) lacksCodec(await plain(...args));
}, 120_000);

test('spawn and plan without the codec are refused and start nothing', async () => {
  for (const command of [
    ['spawn', spec, '--id', 'clear'],
    ['plan', spec],
  ]) {
    const refused = await plain(...command);
    lacksCodec(refused);
    expect(refused.code).toBe(2);
  }
  expect(await isKnown('clear')).toBe(false);
  expect(here.living()).toHaveLength(1);
}, 60_000);

test('a worker with the codec refuses a claim that was started without it, before anything is rented', async () => {
  const connection = await Connection.connect({ address: here.env['TEMPORAL_ADDRESS'] });
  const claim = await new Client({ connection }).workflow.start('podLifecycle', {
    workflowId: `${here.name}/early`,
    taskQueue: `podkeeper/${here.name}`,
    args: [{ spec: { command: ['sleep', '1000'] }, encoding: 'json/plain' }],
  });
  // Its failure isn't encoded and says why; its report can't be decoded.
  await expect(claim.result()).rejects.toThrow(/encoding/);
  expect((await coded('get', 'early')).stdout).toMatch(/^phase +failed.*dataConverter/m);
  expect(here.living()).toHaveLength(1);
  await connection.close();
}, 60_000);

test('a codec server replaces the module, by Temporal’s protocol', async () => {
  const { payloadCodecs } = require(common) as { payloadCodecs: [Codec] };
  const server = await startCodecServer(payloadCodecs[0]);
  const auth = 'Bearer canary-of-the-codec-server';
  const listed = await plain('list', '--codec-endpoint', `${server.url}/{namespace}`, '--codec-auth', auth);
  expect(listed.stdout).toMatch(/^enc +healthy/m);
  expect(server.asked[0]).toMatchObject({
    path: '/default/decode',
    headers: { 'x-namespace': 'default', authorization: auth },
  });
  await server.close();

  const down = await plain('list', '--codec-endpoint', server.url, '--codec-auth', auth);
  expect(down.code).not.toBe(0);
  expect(down.stderr).toContain('--codec-endpoint');
  expect(down.stderr).not.toContain('canary');
}, 120_000);

test.each<[what: string, text: string | null]>([
  ['is not there', null],
  ['throws', 'throw new Error("no key in the vault")'],
  ['exports something else', 'export const payloadCodecs = [{ encode() {} }]'],
])('a codec module that %s is refused, and named', async (_what, text) => {
  if (text !== null) here.directory.write('wrong.mjs', text);
  const refused = await plain('list', '--codec-module', text === null ? 'none.mjs' : 'wrong.mjs');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/--codec-module: \S+(none|wrong)\.mjs/);
});

test('terminate without the codec ends the claim, though its answer can’t be decoded', async () => {
  const ended = await plain('terminate', 'enc');
  lacksCodec(ended);
  expect(ended.stderr).toContain('enc has ended');
  expect(here.living()).toEqual([]);
  expect((await coded('get', 'enc')).stdout).toMatch(/^phase +terminated/m);
}, 60_000);
