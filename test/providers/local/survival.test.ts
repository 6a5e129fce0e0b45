import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LocalPods, context, living, untilFile } from './localPods';
import { until } from '../../support/until';

const pods = new LocalPods();

/** Starts a worker process that spawns a pod and then waits, or hangs in the call. */
async function worker(request: object): Promise<ReturnType<typeof spawn>> {
  const text = `
    const { createLocalProvider } = require(${JSON.stringify(pods.compiledProvider)});
    const context = { signal: new AbortController().signal };
    createLocalProvider({ directory: ${JSON.stringify(pods.directory)} })
      .spawn(${JSON.stringify(request)}, context)
      .then((pod) => console.log(pod.status), (error) => console.log(error.message));
    setInterval(() => {}, 1e6);
  `;
  return spawn(process.execPath, ['-e', text], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ReturnType<typeof spawn>): Promise<void> {
  const exit = once(child, 'exit');
  // Its whole process group, as a terminal or a supervisor would.
  process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
  await exit;
}

test('a pod outlives its worker, and another worker finds and ends it', async () => {
  const request = pods.request({ ports: [{ port: 8000, protocol: 'http' }] });
  const first = await worker(request);
  const [said] = (await once(first.stdout ?? first, 'data')) as [Buffer];
  await kill(first);
  expect(said.toString().trim()).toBe('running');
  expect(await living(request.name)).toHaveLength(2);
  expect(await pods.commands(request.name)).toHaveLength(1);
  const [pod] = await pods.provider().list({ name: request.name }, context());
  expect(pod).toMatchObject({ status: 'running', endpoints: [{ port: 8000 }] });
  await pods.terminate(request.name);
  expect(await living(request.name)).toEqual([]);
});

test('a pod ends at its deadline when its worker is gone', async () => {
  const request = pods.request({ notAfter: new Date(Date.now() + 3_000).toISOString() });
  const first = await worker(request);
  await once(first.stdout ?? first, 'data');
  await kill(first);
  expect(await pods.statusOf(request.name)).toBe('running');
  await until('no process is left', async () => (await living(request.name)).length === 0);
  expect(await pods.statusOf(request.name)).toBe('terminated');
});

test('a worker killed in the middle of a create leaves a pod that can be found, or none', async () => {
  for (const delayMs of [0, 20, 40, 60, 80]) {
    const request = pods.request();
    const first = await worker(request);
    await untilFile(pods.file(request.name, ''));
    const killAt = performance.now() + delayMs;
    await until('it is time', () => performance.now() >= killAt);
    await kill(first);
    // It is listed as soon as its name is claimed.
    const seen = await pods.provider().list({ name: request.name }, context());
    expect(seen).toHaveLength(1);
    await pods.terminate(request.name);
    await until('it has ended', async () => (await pods.statusOf(request.name)) === 'terminated');
    expect(await living(request.name)).toEqual([]);
  }
});
