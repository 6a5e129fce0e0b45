import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyPodSpec } from '../../../src/model';
import { podLogPath } from '../../../src/providers/local';
import { LocalPods, SLEEP, context, failure, living, script, untilFile } from './localPods';
import { until } from '../../support/until';

const pods = new LocalPods();

const ECHO = script(`
  const server = require('node:http').createServer((request, response) => response.end(process.env.GREETING));
  server.listen(Number(process.env.PORT), '127.0.0.1');
`);

test('a pod runs, is reached at its endpoint, is listed, and ends', async () => {
  const provider = pods.provider({ hourlyPrice: 0.25 });
  const ports = [
    { port: 8000, protocol: 'http' as const },
    { port: 22, protocol: 'tcp' as const },
  ];
  const request = pods.request({ command: ECHO, env: { GREETING: 'hello' }, ports });
  const pod = await provider.spawn(request, context());
  expect(pod).toMatchObject({
    id: request.name,
    name: request.name,
    provider: 'local',
    status: 'running',
    gpu: null,
    image: null,
    region: null,
    hourlyPrice: 0.25,
    exitCode: null,
  });
  const [http, tcp] = pod.endpoints;
  expect(http).toMatchObject({ port: 8000, protocol: 'http', host: '127.0.0.1' });
  expect(http?.url).toBe(`http://127.0.0.1:${http?.externalPort}`);
  expect(tcp?.url).toBe(`tcp://127.0.0.1:${tcp?.externalPort}`);
  expect(tcp?.externalPort).not.toBe(http?.externalPort);

  const answer = async (): Promise<string> => (await fetch(http?.url ?? '')).text();
  await until('the server answers', async () => (await answer().catch(() => '')) === 'hello');
  expect(await provider.get(pod.id, context())).toEqual(pod);
  expect(await provider.list({ name: pod.name }, context())).toEqual([pod]);
  expect(await provider.list({ name: pod.name, status: 'running' }, context())).toHaveLength(1);
  expect(await provider.list({ name: pod.name, status: 'stopped' }, context())).toEqual([]);
  expect(await provider.list({ name: pod.name, region: 'x' }, context())).toEqual([]);
  expect(await provider.list({ name: pod.name, gpu: 'h100' }, context())).toEqual([]);

  await provider.terminate(pod.id, context());
  expect(await living(pod.name)).toEqual([]);
  expect(await provider.get(pod.id, context())).toMatchObject({
    status: 'terminated',
    statusDetail: 'ended on request, killed by SIGTERM',
    endpoints: pod.endpoints,
  });
});

test('a pod that was never made is not found, and ending it is no error', async () => {
  const name = pods.name();
  expect(await failure(pods.provider().get(name, context()))).toMatchObject({ kind: 'not_found' });
  expect(await failure(pods.provider().get('../..', context()))).toMatchObject({ kind: 'not_found' });
  await pods.provider().terminate(name, context());
  await pods.provider().terminate('../..', context());
  expect(await pods.provider({ directory: join(pods.directory, 'none') }).list({ name }, context())).toEqual([]);
});

test('what the command writes is in its log, its exit code in the pod', async () => {
  const command = script(`console.log('out'); console.error('err'); process.exit(3)`);
  const pod = await pods.spawn({ command });
  await until('it has ended', async () => (await pods.statusOf(pod.id)) === 'terminated');
  const provider = pods.provider();
  expect(await provider.get(pod.id, context())).toMatchObject({ exitCode: 3, statusDetail: 'exited with code 3' });
  expect(await provider.list({ name: pod.name, status: 'terminated' }, context())).toHaveLength(1);
  expect(readFileSync(podLogPath(pods.directory, pod.name), 'utf8').split('\n').sort()).toEqual(['', 'err', 'out']);
  expect(() => podLogPath(pods.directory, '../x')).toThrow(/not a valid name of a local pod/);
});

test('the command gets its ports, its variables and little of the worker’s environment', async () => {
  const leaks = { RUNPOD_API_KEY: 'rp-1', PODKEEPER_SECRET_TOKEN: 'hf-1', NODE_OPTIONS: '--no-warnings', LC_TIME: 'C' };
  const before = { ...process.env };
  Object.assign(process.env, leaks);
  try {
    const env: Record<string, string> = JSON.parse('{"__proto__":"odd","constructor":"odder","SPACED":" a\\nb=c "}');
    const ports = [8000, 9000].map((port) => ({ port, protocol: 'http' as const }));
    const command = script(`
      const fs = require('node:fs');
      fs.writeFileSync('env.part', JSON.stringify({ cwd: process.cwd(), entries: Object.entries(process.env) }));
      fs.renameSync('env.part', 'env.json');
      setInterval(() => {}, 1e6);
    `);
    const pod = await pods.spawn({ command, env, ports });
    await untilFile(pods.file(pod.id, 'work/env.json'));
    const seen = JSON.parse(readFileSync(pods.file(pod.id, 'work/env.json'), 'utf8')) as {
      cwd: string;
      entries: [string, string][];
    };
    expect(seen.cwd).toBe(pods.file(pod.id, 'work'));
    const entries = new Map(seen.entries);
    const outside = pod.endpoints.map((endpoint) => String(endpoint.externalPort));
    expect(entries.get('PORT')).toBe(outside[0]);
    expect(entries.get('PORT_8000')).toBe(outside[0]);
    expect(entries.get('PORT_9000')).toBe(outside[1]);
    expect(entries.get('PODKEEPER_POD')).toBe(pod.name);
    expect(entries.get('PATH')).toBe(process.env['PATH']);
    expect(entries.get('LC_TIME')).toBe('C');
    expect(entries.get('__proto__')).toBe('odd');
    expect(entries.get('constructor')).toBe('odder');
    expect(entries.get('SPACED')).toBe(' a\nb=c ');
    for (const name of ['RUNPOD_API_KEY', 'PODKEEPER_SECRET_TOKEN', 'NODE_OPTIONS', 'PODKEEPER_LOCAL_LAUNCHER']) {
      expect(entries.has(name)).toBe(false);
    }
    const launcher = await pods.launcher(pod.name);
    const inherited = readFileSync(`/proc/${launcher.pid}/environ`, 'utf8');
    expect(inherited).toContain(`PODKEEPER_POD=${pod.name}`);
    expect(inherited).not.toMatch(/rp-1|hf-1|SPACED|NODE_OPTIONS/);
    await pods.terminate(pod.id);
  } finally {
    for (const name of Object.keys(leaks)) delete process.env[name];
    Object.assign(process.env, before);
  }
});

test('no value of a variable is written to the pod’s directory', async () => {
  const pod = await pods.spawn({ env: { TOKEN: 'not-for-the-disk' } });
  for (const file of readdirSync(join(pods.directory, pod.id), { withFileTypes: true })) {
    if (file.isFile()) expect(readFileSync(pods.file(pod.id, file.name), 'utf8')).not.toContain('not-for-the-disk');
  }
  expect(JSON.parse(readFileSync(pods.file(pod.id, 'pod.json'), 'utf8'))).toMatchObject({ command: SLEEP });
  await pods.terminate(pod.id);
});

test('a name can be claimed once, even when its pod has ended', async () => {
  const { name } = await pods.spawn();
  expect(await failure(pods.spawn({ name }))).toMatchObject({ kind: 'conflict', refused: false });
  const elsewhere = { directory: join(pods.directory, 'another') };
  expect(await failure(pods.spawn({ name }, elsewhere))).toMatchObject({ kind: 'conflict', refused: false });
  expect(existsSync(join(elsewhere.directory, name))).toBe(false);
  await pods.terminate(name);
  expect(await failure(pods.spawn({ name }))).toMatchObject({ kind: 'conflict', refused: false });
  expect(await living(name)).toEqual([]);
});

test('of many creates under one name at one time exactly one makes a pod', async () => {
  const name = pods.name();
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, async () => pods.spawn({ name })));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'conflict', refused: false });
  }
  expect(await pods.commands(name)).toHaveLength(1);
  await pods.terminate(name);
});

test.each([
  ['missing', ['no-such-program-anywhere'], /command: 'no-such-program-anywhere' can't be started: ENOENT/],
  ['not executable', ['/etc/passwd'], /command: '\/etc\/passwd' can't be started: EACCES/],
  ['too long', ['echo', 'x'.repeat(3_000_000)], /command: 'echo' can't be started: E2BIG/],
])('a command that is %s is refused, and surely nothing runs', async (_what, command, message) => {
  const name = pods.name();
  expect(await failure(pods.spawn({ name, command }))).toMatchObject({
    kind: 'validation',
    refused: true,
    message: expect.stringMatching(message) as unknown,
  });
  await until('the launcher has gone', async () => (await living(name)).length === 0);
  expect(await pods.provider().get(name, context())).toMatchObject({
    status: 'terminated',
    statusDetail: expect.stringContaining('never started') as unknown,
    unstarted: 'validation',
  });
});

test('when the request may no longer be sent, nothing is made and the error goes through', async () => {
  const request = pods.request();
  const tooLate = new Error('too late');
  const beforeSend = (): void => {
    expect(existsSync(join(pods.directory, request.name))).toBe(false);
    throw tooLate;
  };
  await expect(pods.provider().spawn(request, context({ beforeSend }))).rejects.toBe(tooLate);
  expect(readdirSync(pods.directory)).toEqual([]);
  expect(await living(request.name)).toEqual([]);
});

test('an aborted create, or one that can’t make its directory, is refused', async () => {
  const request = pods.request();
  const aborted = context({ signal: AbortSignal.abort() });
  expect(await failure(pods.provider().spawn(request, aborted))).toMatchObject({ kind: 'transport', refused: true });
  writeFileSync(join(pods.directory, 'file'), '');
  const inFile = pods.provider({ directory: join(pods.directory, 'file/inside') });
  expect(await failure(inFile.spawn(request, context()))).toMatchObject({ kind: 'provider', refused: true });
  expect(await living(request.name)).toEqual([]);
});

test.each([
  ['a name that leads elsewhere', { name: '../x' }, 'validation', 'name'],
  ['no command', { command: null }, 'validation', 'command'],
  ['an empty command', { command: [] }, 'validation', 'command'],
  ['a NUL in the command', { command: ['a\0b'] }, 'validation', 'command'],
  ['the marker', { env: { PODKEEPER_POD: 'other' } }, 'validation', 'env.PODKEEPER_POD'],
  ['the launcher’s mark', { env: { PODKEEPER_LOCAL_LAUNCHER: '1' } }, 'validation', 'env.PODKEEPER_LOCAL_LAUNCHER'],
  ['PORT', { env: { PORT: '1' } }, 'validation', 'env.PORT'],
  ['PORT_8000', { env: { PORT_8000: '1' } }, 'validation', 'env.PORT_8000'],
  ['a variable within a variable', { env: { 'PODKEEPER_POD=x': '1' } }, 'validation', 'env.PODKEEPER_POD=x'],
  ['a NUL in a value', { env: { A: 'x\0PODKEEPER_POD=y' } }, 'validation', 'env.A'],
  ['a provider option', { providerOptions: { nice: 3 } }, 'unsupported', 'providerOptions.nice'],
  ['a deadline that is no time', { notAfter: 'tomorrow' }, 'validation', 'notAfter'],
  ['a deadline that has passed', { notAfter: '2020-01-01T00:00:00Z' }, 'validation', 'notAfter'],
])('%s is refused before anything is made', async (_what, changes, kind, path) => {
  const beforeSend = jest.fn();
  const call = pods.provider().spawn(pods.request(changes), context({ beforeSend }));
  const details = [expect.objectContaining({ path })];
  expect(await failure(call)).toMatchObject({ kind, refused: true, provider: 'local', details });
  expect(beforeSend).not.toHaveBeenCalled();
  expect(readdirSync(pods.directory)).toEqual([]);
});

test('a spec is refused the same way, before any call; harmless variables pass', () => {
  const { name: _name, notAfter: _notAfter, ...fields } = pods.request({ env: { PORT: '1' } });
  const spec = { ...emptyPodSpec(), ...fields };
  const provider = pods.provider();
  expect(() => provider.check?.(spec)).toThrow(expect.objectContaining({ kind: 'validation' }));
  const env = { PORTS: '1', PORT_NAME: 'x', PODKEEPER_URL: 'y', TOKEN: { secret: 'TOKEN' } };
  expect(() => provider.check?.({ ...spec, env })).not.toThrow();
});

test('on a system without local pods the provider is refused when it is made', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  try {
    expect(() => pods.provider()).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});
