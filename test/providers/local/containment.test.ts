import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../../src/model';
import { cgroupProcesses, killCgroup } from '../../../src/providers/local/cgroups';
import type { ContainmentKind } from '../../../src/providers/local/containment';
import { findContainment } from '../../../src/providers/local/findContainment';
import { processFile, processIds } from '../../support/processes';
import { LocalPods, context, failure, living, script, untilFile } from './localPods';
import { until } from '../../support/until';

const pods = new LocalPods();

/** The containments that hold everything a pod starts. */
const HOLDING: ContainmentKind[] = ['cgroup2', 'freezer', 'pid_namespace'];

let allowed: Set<ContainmentKind>;

beforeAll(async () => {
  const tried = await Promise.all(
    HOLDING.map(async (kind) =>
      findContainment(kind)
        .then(({ by }) => by)
        .catch(() => undefined),
    ),
  );
  allowed = new Set(tried.filter((kind) => kind !== undefined));
});

function isAllowed(kind: ContainmentKind): boolean {
  if (!allowed.has(kind)) console.warn(`not tested: this machine allows no ${kind}`);
  return allowed.has(kind);
}

/** The other processes of this machine with a text in their arguments. */
function running(text: string): number[] {
  return processIds().filter((pid) => pid !== process.pid && processFile(pid, 'cmdline').includes(text));
}

let mark = 0;

/** A unique text that is also a duration for `sleep`. */
function markText(): string {
  mark += 1;
  return `100${process.pid}.${mark}`;
}

/** Programs that escape from marker and parents. `$1`: how long they sleep. */
const DAEMONS = [
  // Forks twice, into another session, without an environment.
  'env -i setsid sh -c "sleep $1 & exit 0"',
  'PODKEEPER_POD=another setsid sh -c "sleep $1 & exit 0"',
  `env -i setsid sh -c 'trap "" TERM; sleep '"$1"' & exit 0'`,
  // Forks constantly, also while it is being ended.
  'env -i setsid sh "$2" "$2" "$1" "$PWD"',
];

/** Each process lives for a moment, and the next one has another parent. Ends when its directory is removed. */
const HOPPER = 'trap "" TERM; [ -d "$3" ] || exit; setsid sh "$1" "$1" "$2" "$3" & exit';

function daemonCommand(daemons: string[], text: string, then: string): string[] {
  const hopper = join(pods.directory, 'hopper.sh');
  writeFileSync(hopper, HOPPER);
  return ['sh', '-c', `${daemons.join(' & ')} & sleep 0.3; touch ready; ${then}`, 'sh', text, hopper];
}

async function spawnDaemons(
  containment: ContainmentKind,
  then: string,
  daemons = DAEMONS,
  notAfter: string | null = null,
): Promise<{ pod: Pod; text: string }> {
  const text = markText();
  const command = daemonCommand(daemons, text, then);
  const pod = await pods.spawn({ command, notAfter }, { containment, stopGraceMs: 300 });
  await untilFile(pods.file(pod.id, 'work/ready'));
  await until('a daemon runs', () => running(text).length > 0);
  return { pod, text };
}

describe.each(HOLDING)('held by %s', (containment) => {
  test('daemons of every sort end with their pod', async () => {
    if (!isAllowed(containment)) return;
    const { pod, text } = await spawnDaemons(containment, 'exec sleep 300');
    await pods.terminate(pod.id);
    expect(running(text)).toEqual([]);
    expect(await pods.provider().get(pod.id, context())).toMatchObject({
      status: 'terminated',
      statusDetail: expect.stringMatching(/^ended on request/) as unknown,
    });
  });

  test('daemons end when the command exits, and its exit code is kept', async () => {
    if (!isAllowed(containment)) return;
    const { pod, text } = await spawnDaemons(containment, 'sleep 0.5; exit 7');
    await until('the pod has ended', async () => (await pods.statusOf(pod.id)) === 'terminated');
    expect(running(text)).toEqual([]);
    expect(await pods.provider().get(pod.id, context())).toMatchObject({ exitCode: 7 });
  });

  test('daemons end at the pod’s deadline, with nobody watching', async () => {
    if (!isAllowed(containment)) return;
    const notAfter = new Date(Date.now() + 4_000).toISOString();
    const { pod, text } = await spawnDaemons(containment, 'exec sleep 300', DAEMONS, notAfter);
    await until('nothing is left', () => Date.now() > Date.parse(notAfter) && running(text).length === 0);
    await until('that is written down', async () => (await pods.statusOf(pod.id)) === 'terminated');
    expect(await pods.provider().get(pod.id, context())).toMatchObject({
      status: 'terminated',
      statusDetail: expect.stringMatching(/^ended at its deadline/) as unknown,
    });
  });

  test('a pod whose launcher was killed, or hangs, ends with its daemons', async () => {
    if (!isAllowed(containment)) return;
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      const { pod, text } = await spawnDaemons(containment, 'exec sleep 300');
      process.kill((await pods.launcher(pod.name)).pid, signal);
      await pods.terminate(pod.id);
      expect(running(text)).toEqual([]);
      expect(await pods.statusOf(pod.id)).toBe('terminated');
    }
  });

  test('a daemon is suspended and woken with its pod', async () => {
    if (!isAllowed(containment)) return;
    const { pod, text } = await spawnDaemons(containment, 'exec sleep 300', DAEMONS.slice(0, 1));
    await until('the daemon is alone', () => running(text).length === 1);
    await pods.provider().stop(pod.id, context());
    expect((await pods.commands(pod.name)).map(({ suspended }) => suspended)).toEqual([true, true]);
    await pods.provider().start(pod.id, context());
    expect((await pods.commands(pod.name)).map(({ suspended }) => suspended)).toEqual([false, false]);
    await pods.terminate(pod.id);
    expect(running(text)).toEqual([]);
  });
});

test('a cgroup is ended at once, also where no process of it can be signalled', async () => {
  if (!isAllowed('cgroup2')) return;
  const { pod, text } = await spawnDaemons('cgroup2', 'exec sleep 300');
  process.kill((await pods.launcher(pod.name)).pid, 'SIGKILL');
  await until('it is gone', async () => (await living(pod.name)).every(({ launcher }) => !launcher));
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('denied'), { code: 'EPERM' });
  });
  try {
    await pods.terminate(pod.id);
  } finally {
    kill.mockRestore();
  }
  expect(running(text)).toEqual([]);
});

test('a freezer is frozen while its processes are killed, so that none forks meanwhile', async () => {
  if (!isAllowed('freezer')) return;
  const { pod, text } = await spawnDaemons('freezer', 'exec sleep 300');
  const [member] = await pods.commands(pod.name);
  const cgroup = member?.cgroup ?? '';
  const states: string[] = [];
  const real = process.kill.bind(process);
  const kill = jest.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    states.push(readFileSync(join(cgroup, 'freezer.state'), 'utf8').trim());
    return real(pid, signal);
  });
  try {
    await killCgroup(cgroup);
  } finally {
    kill.mockRestore();
  }
  expect(states.length).toBeGreaterThan(1);
  expect(new Set(states)).toEqual(new Set(['FROZEN']));
  await until('one round has ended all of it', () => running(text).length === 0);
  await pods.terminate(pod.id);
});

test('a pod that is held by its marker only says what may be left of it, living and ended', async () => {
  const { pod, text } = await spawnDaemons('marker', 'exec sleep 300', DAEMONS.slice(0, 1));
  await until('the daemon is alone', () => running(text).length === 1);
  const [daemon = 0] = running(text);
  try {
    expect(pod.statusDetail).toMatch(/may outlive the pod/);
    await pods.terminate(pod.id);
    expect(running(text)).toEqual([daemon]);
    expect((await pods.provider().get(pod.id, context())).statusDetail).toMatch(
      /^ended on request.*may outlive the pod/,
    );
  } finally {
    process.kill(daemon, 'SIGKILL');
  }
});

test('what this machine doesn’t allow is refused before anything is made', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = pods.directory;
  try {
    const call = pods.spawn({}, { containment: 'pid_namespace' });
    expect(await failure(call)).toMatchObject({
      kind: 'unsupported',
      refused: true,
      details: [{ path: 'containment' }],
    });
  } finally {
    process.env['PATH'] = path;
  }
  expect(readdirSync(pods.directory)).toEqual([]);
});

test('without rights a worker holds its pods by a namespace, and ends their daemons', async () => {
  if (process.getuid?.() !== 0 || !isAllowed('pid_namespace')) return;
  const nobody = 65_534;
  for (const path of [pods.compiledDirectory, pods.directory]) chmodSync(path, 0o777);
  const text = markText();
  const request = pods.request({ command: daemonCommand(DAEMONS, text, 'exec sleep 300') });
  const worker = (call: string): string =>
    execFileSync(
      process.execPath,
      [
        '-e',
        `
        const { createLocalProvider } = require(${JSON.stringify(pods.compiledProvider)});
        const provider = createLocalProvider({ directory: ${JSON.stringify(join(pods.directory, 'own'))}, stopGraceMs: 300 });
        const context = { signal: new AbortController().signal };
        provider.${call}.then((pod) => console.log(JSON.stringify(pod ?? null)), (error) => { console.log(error.message); process.exit(0); });
      `,
      ],
      { uid: nobody, gid: nobody, env: { PATH: process.env['PATH'], HOME: pods.directory }, encoding: 'utf8' },
    );
  expect(JSON.parse(worker(`spawn(${JSON.stringify(request)}, context)`))).toMatchObject({ statusDetail: null });
  const facts = readFileSync(join(pods.directory, 'own', request.name, 'pod.json'), 'utf8');
  expect(JSON.parse(facts)).toMatchObject({ containment: { by: 'pid_namespace' } });
  await until('a daemon runs', () => existsSync(join(pods.directory, 'own', request.name, 'work/ready')));
  expect(running(text)).not.toEqual([]);
  expect(worker(`terminate(${JSON.stringify(request.name)}, context)`).trim()).toBe('null');
  expect(running(text)).toEqual([]);
});

test('a worker in a pod makes its pods beside that one: they outlive it', async () => {
  if (!isAllowed('cgroup2')) return;
  const [outer, inner] = [pods.name(), pods.name()];
  const text = `
    const { createLocalProvider } = require(${JSON.stringify(pods.compiledProvider)});
    createLocalProvider({ directory: ${JSON.stringify(pods.directory)}, containment: 'cgroup2' })
      .spawn(${JSON.stringify(pods.request({ name: inner }))}, { signal: new AbortController().signal })
      .then(() => require('node:fs').writeFileSync('ready', ''), (error) => console.log(error));
    setInterval(() => {}, 1e6);
  `;
  await pods.spawn({ name: outer, command: script(text) }, { containment: 'cgroup2' });
  await untilFile(pods.file(outer, 'work/ready'));
  await pods.terminate(outer);
  expect(await living(outer)).toEqual([]);
  expect(await living(inner)).toHaveLength(2);
  await pods.terminate(inner);
});

test('empty cgroups that were left are removed by the next create', async () => {
  const containment = await findContainment();
  if (!('pods' in containment)) return;
  const left = join(containment.pods, pods.name());
  mkdirSync(join(left, 'below'), { recursive: true });
  const pod = await pods.spawn();
  expect(existsSync(left)).toBe(false);
  expect(cgroupProcesses(join(containment.pods, pod.name))).not.toEqual([]);
  await pods.terminate(pod.id);
  expect(existsSync(join(containment.pods, pod.name))).toBe(false);
});
