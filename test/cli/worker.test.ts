import { hostname } from 'node:os';
import { until } from '../support/until';
import { firstDocument } from './support/cli';
import { SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment({ worker: false });

test('the commands say that there is no worker', async () => {
  const spec = here.directory.write('pod.yaml', SERVER_SPEC);
  const spawned = await here.run('spawn', spec, '--id', 'early');
  const wayOut = `no worker serves deployment ${here.name}: start one with 'podkeeper worker --deployment ${here.name}'`;

  expect(spawned).toMatchObject({ code: 0, stdout: 'early\n' });
  expect(spawned.stderr).toContain(wayOut);
  expect((await here.run('list')).stdout).toMatch(/^early +pending /m);
  expect((await here.run('get', 'early')).stdout).toContain('unknown: no worker answers');
  const events = await here.run('events', 'early');
  expect(events.code).toBe(3);
  expect(events.stderr).toContain(wayOut);
});

test('worker --check names the queues that no worker on this host polls', async () => {
  const { code, stdout, stderr } = await here.run('worker', '--check');

  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  for (const queue of [`podkeeper/${here.name}`, `podkeeper/${here.name}/here/spend`]) expect(stderr).toContain(queue);
  expect(stderr).toContain(`podkeeper worker --deployment ${here.name}`);
});

test('a worker says when it is ready, and drains on SIGTERM without ending a pod', async () => {
  const worker = here.start('worker', '--json');
  const ready = await firstDocument(worker);

  expect(ready).toEqual({
    deployment: here.name,
    accounts: ['here'],
    address: here.env['TEMPORAL_ADDRESS'],
    namespace: 'default',
    pid: worker.pid,
  });
  // stdout and stderr are two pipes; either may come first.
  const said = `worker ready: deployment ${here.name}, 1 account (here), Temporal `;
  await until('the worker tells people too', () => worker.stderr().includes(said));
  await until('the claim from before is taken up', () => here.living().length === 1, 30_000);
  const spec = here.directory.write('pod.yaml', SERVER_SPEC);
  expect((await here.run('spawn', spec, '--id', 'early', '--wait')).code).toBe(0);

  await until('the worker polls each of its queues', async () => (await here.run('worker', '--check')).code === 0);
  const checked = await here.run('worker', '--check', '--json');
  expect(JSON.parse(checked.stdout)).toEqual({ deployment: here.name, accounts: ['here'], host: hostname() });
  here.directory.write('two.yaml', 'accounts: { here: { provider: local }, there: { provider: local } }');
  const unserved = await here.run('worker', '--check', '--config', 'two.yaml');
  expect(unserved.stderr).toContain(`polls podkeeper/${here.name}/there/spend, podkeeper/${here.name}/there/keep:`);

  worker.kill('SIGTERM');
  const { code, stderr } = await worker.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/SIGTERM: draining calls in flight[^]*worker stopped/);
  expect(here.living()).toHaveLength(1);

  await here.startWorker();
  expect((await here.run('terminate', 'early')).code).toBe(0);
  expect(here.living()).toEqual([]);
}, 120_000);

test.each([
  ['an unknown namespace', ['worker'], { TEMPORAL_NAMESPACE: 'nowhere' }, 2, 'namespace nowhere'],
  ['nothing listening', ['worker'], { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 3, "can't be reached at 127.0.0.1:1"],
  ['a bad configuration', ['worker', '--deployment', 'Prod'], {}, 2, 'must be 1 to 8 of a-z and 0-9'],
  ['a missing file', ['worker', '--config', 'none.yaml'], {}, 2, 'none.yaml: does not exist'],
])('a worker with %s fails with one line', async (_what, args, changes, exitCode, message) => {
  const before = { ...here.env };
  Object.assign(here.env, changes);
  const { code, stderr } = await here.run(...args);
  Object.assign(here.env, before);
  if (!('TEMPORAL_NAMESPACE' in before)) delete here.env['TEMPORAL_NAMESPACE'];

  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(exitCode);
});
