import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processTable } from '../../../src/providers/local/processes';
import { LocalPods, SLEEP, context, failure, living, script, untilFile } from './localPods';
import { until } from '../../support/until';

// With containment `marker`. The others are tested in containment.test.ts.
const pods = new LocalPods({ containment: 'marker' });

/** A command that starts `children` programs in their own sessions, then runs `rest`. */
function parentOf(children: string[][], rest: string): string[] {
  return script(`
    const { spawn } = require('node:child_process');
    for (const [program, ...args] of ${JSON.stringify(children)}) {
      spawn(program, args, { detached: true, stdio: 'ignore' }).unref();
    }
    ${rest}
  `);
}

const IGNORES_SIGTERM = script(`
  process.on('SIGTERM', () => require('node:fs').appendFileSync('heard', 'SIGTERM '));
  require('node:fs').writeFileSync('ready', '');
  setInterval(() => {}, 1e6);
`);

test('descendants in sessions of their own end with the pod', async () => {
  const grandchild = ['setsid', 'sh', '-c', 'sleep 100000 & sleep 100000'];
  const pod = await pods.spawn({ command: parentOf([SLEEP, grandchild], 'setInterval(() => {}, 1e6)') });
  await until('all are there', async () => (await pods.commands(pod.name)).length === 5);
  await pods.terminate(pod.id);
  expect(await living(pod.name)).toEqual([]);
});

test('what a command leaves behind when it exits is ended by the launcher', async () => {
  const pod = await pods.spawn({ command: parentOf([SLEEP], 'setTimeout(() => process.exit(7), 100)') });
  await until('it has ended', async () => (await pods.statusOf(pod.id)) === 'terminated');
  expect(await living(pod.name)).toEqual([]);
  expect((await pods.provider().get(pod.id, context())).exitCode).toBe(7);
});

test('a descendant that cleared its environment ends with the pod, even when it outlives its parents', async () => {
  const [node, ...stubborn] = IGNORES_SIGTERM;
  const command = ['sh', '-c', 'env -i "$@" & exec sleep 100000', 'sh', node ?? '', ...stubborn];
  const pod = await pods.spawn({ command }, { stopGraceMs: 400 });
  await untilFile(pods.file(pod.id, 'work/ready'));
  const bare = (await pods.commands(pod.name)).find((member) => member.pod === null);
  expect(bare).toBeDefined();
  await pods.terminate(pod.id);
  expect(processTable()?.inspect(bare?.pid ?? 0)).toBeUndefined();
});

test('a command that ignores SIGTERM is killed after the grace, and hears SIGTERM once', async () => {
  const provider = pods.provider({ stopGraceMs: 700 });
  const pod = await provider.spawn(pods.request({ command: IGNORES_SIGTERM }), context());
  await untilFile(pods.file(pod.id, 'work/ready'));
  const startedAt = performance.now();
  await provider.terminate(pod.id, context());
  const took = performance.now() - startedAt;
  expect(took).toBeGreaterThan(650);
  expect(await living(pod.name)).toEqual([]);
  expect(readFileSync(pods.file(pod.id, 'work/heard'), 'utf8')).toBe('SIGTERM ');
  expect(await provider.get(pod.id, context())).toMatchObject({
    status: 'terminated',
    statusDetail: expect.stringMatching(/^ended on request, killed by SIGKILL;/) as unknown,
  });
});

test('a pod whose launcher was killed lives on, is shown as running, and can be ended', async () => {
  const pod = await pods.spawn();
  process.kill((await pods.launcher(pod.name)).pid, 'SIGKILL');
  await until('the launcher is gone', async () => (await living(pod.name)).every((member) => !member.launcher));
  expect(await pods.statusOf(pod.id)).toBe('running');
  await pods.terminate(pod.id);
  expect(await living(pod.name)).toEqual([]);
  expect(await pods.provider().get(pod.id, context())).toMatchObject({
    status: 'terminated',
    statusDetail: expect.stringMatching(/^ended on request;/) as unknown,
    exitCode: null,
  });
});

test('a pod whose processes were all killed is gone without a record', async () => {
  const pod = await pods.spawn();
  const launcher = await pods.launcher(pod.name);
  process.kill(launcher.pid, 'SIGKILL');
  for (const member of await pods.commands(pod.name)) process.kill(member.pid, 'SIGKILL');
  await until('it has ended', async () => (await pods.statusOf(pod.id)) === 'terminated');
  expect(await pods.provider().get(pod.id, context())).toMatchObject({
    statusDetail: expect.stringMatching(/^gone without an exit record;/) as unknown,
    exitCode: null,
  });
});

test('a launcher that hangs doesn’t keep the pod alive', async () => {
  const pod = await pods.spawn({ command: IGNORES_SIGTERM }, { stopGraceMs: 600_000 });
  await untilFile(pods.file(pod.id, 'work/ready'));
  await pods.provider({ stopGraceMs: 100 }).terminate(pod.id, context());
  expect(await living(pod.name)).toEqual([]);
});

test('a pod ends at its deadline with nobody watching', async () => {
  const notAfter = new Date(Date.now() + 2_500).toISOString();
  const pod = await pods.spawn({ command: parentOf([SLEEP], 'setInterval(() => {}, 1e6)'), notAfter });
  expect(await pods.statusOf(pod.id)).toBe('running');
  await until('no process is left', async () => (await living(pod.name)).length === 0);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(notAfter));
  expect(await pods.provider().get(pod.id, context())).toMatchObject({
    status: 'terminated',
    statusDetail: expect.stringMatching(/^ended at its deadline, killed by SIGTERM;/) as unknown,
  });
});

test('a pod is suspended and goes on; suspended, it still ends at its deadline and on request', async () => {
  const provider = pods.provider();
  const pod = await pods.spawn({ command: parentOf([SLEEP], 'setInterval(() => {}, 1e6)') });
  await until('both are there', async () => (await pods.commands(pod.name)).length === 2);
  await provider.stop(pod.id, context());
  expect(await pods.statusOf(pod.id)).toBe('stopped');
  expect((await provider.list({ name: pod.name, status: 'stopped' }, context())).map(({ id }) => id)).toEqual([pod.id]);
  await provider.start(pod.id, context());
  expect(await pods.statusOf(pod.id)).toBe('running');
  await provider.stop(pod.id, context());
  await pods.terminate(pod.id);
  expect(await living(pod.name)).toEqual([]);

  const brief = await pods.spawn({ notAfter: new Date(Date.now() + 2_000).toISOString() });
  await provider.stop(brief.id, context());
  await until('no process is left', async () => (await living(brief.name)).length === 0);
  expect(await failure(provider.stop(brief.id, context()))).toMatchObject({ kind: 'not_found' });
  expect(await failure(provider.start(brief.id, context()))).toMatchObject({ kind: 'not_found' });
});

test('a suspended command without a launcher is woken, told and ended', async () => {
  const pod = await pods.spawn({
    command: script(`
    process.on('SIGTERM', () => { require('node:fs').writeFileSync('told', ''); process.exit(0); });
    require('node:fs').writeFileSync('ready', '');
    setInterval(() => {}, 1e6);
  `),
  });
  await untilFile(pods.file(pod.id, 'work/ready'));
  process.kill((await pods.launcher(pod.name)).pid, 'SIGKILL');
  await pods.provider().stop(pod.id, context());
  await pods.terminate(pod.id);
  expect(readFileSync(pods.file(pod.id, 'work/told'), 'utf8')).toBe('');
});

test('an end that is given up rejects, and can be asked for again', async () => {
  const provider = pods.provider({ stopGraceMs: 1_500 });
  const pod = await provider.spawn(pods.request({ command: IGNORES_SIGTERM }), context());
  await untilFile(pods.file(pod.id, 'work/ready'));
  const call = provider.terminate(pod.id, context({ signal: AbortSignal.timeout(200) }));
  expect(await failure(call)).toMatchObject({ kind: 'timeout' });
  expect(await pods.statusOf(pod.id)).toBe('running');
  await provider.terminate(pod.id, context());
  expect(await living(pod.name)).toEqual([]);
});

test('a process of the pod that ends it doesn’t end itself; its launcher does', async () => {
  const name = pods.name();
  const inside = script(`
    const { createLocalProvider } = require(${JSON.stringify(pods.compiledProvider)});
    const provider = createLocalProvider({ directory: ${JSON.stringify(pods.directory)}, stopGraceMs: 20_000 });
    process.on('SIGTERM', () => console.log('told'));
    provider.terminate(${JSON.stringify(name)}, { signal: new AbortController().signal })
      .then(() => console.log('resolved'), (error) => console.log(error.message));
    setInterval(() => {}, 1e6);
  `);
  await pods.spawn({ name, command: inside }, { stopGraceMs: 1_500 });
  await until('it has ended', async () => (await pods.statusOf(name)) === 'terminated');
  expect(readFileSync(pods.file(name, 'output.log'), 'utf8')).toContain('told');
});

test('a process with the marker and no directory is a pod, and can be ended', async () => {
  const name = pods.name();
  const child = spawn('sleep', ['100000'], { env: { ...process.env, PODKEEPER_POD: name }, stdio: 'ignore' });
  const [pod] = await pods.provider().list({ name }, context());
  expect(pod).toMatchObject({ id: name, name, status: 'running', endpoints: [], hourlyPrice: null, createdAt: null });
  expect(await pods.provider().get(name, context())).toEqual(pod);
  await pods.terminate(name);
  await until('it has ended', () => child.signalCode === 'SIGTERM');
  expect(await failure(pods.provider().get(name, context()))).toMatchObject({ kind: 'not_found' });
});

test('a zombie doesn’t count as living', async () => {
  const name = pods.name();
  // A parent that is suspended never collects its child.
  const parent = spawn('sh', ['-c', `PODKEEPER_POD=${name} sleep 100000 & kill -STOP $$; wait`], { stdio: 'ignore' });
  try {
    await until('the child is there', async () => (await living(name)).length === 1);
    const [child] = await living(name);
    await pods.terminate(name);
    expect(readFileSync(`/proc/${child?.pid ?? 0}/stat`, 'utf8')).toMatch(/\) Z /);
    expect(await failure(pods.provider().get(name, context()))).toMatchObject({ kind: 'not_found' });
  } finally {
    parent.kill('SIGKILL');
  }
});
