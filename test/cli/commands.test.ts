import type { PodInfo } from '../../src/client';
import type { ClaimEvent } from '../../src/model';
import { until } from '../support/until';
import { DEAF_SPEC, SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment();
let spec: string;
beforeAll(() => {
  spec = here.directory.write('pod.yaml', `${SERVER_SPEC}owner: ada\nidleTimeout: 1m\n`);
});

test('the commands take a claim from its spawn to its end', async () => {
  const spawned = await here.run('spawn', spec, '--id', 'render-42', '--wait');
  const [id, url = ''] = spawned.stdout.split('\n');
  expect(spawned).toMatchObject({ code: 0 });
  expect(id).toBe('render-42');
  expect(await (await fetch(url)).text()).toBe('hello /');
  expect(spawned.stderr).toMatch(/render-42: creating pk-/);

  const list = await here.run('list');
  expect(list.stdout).toMatch(
    /^ID +PHASE +ACCOUNT +AGE +DEADLINE +\$\/H +ENDPOINT\nrender-42 +healthy +here +\S+ +in \S+ \(idle\) +\$36 +http/,
  );

  const got = await here.run('get', 'render-42');
  expect(got.stdout).toMatch(/^phase +healthy$/m);
  expect(got.stdout).toMatch(/^owner +ada$/m);
  const info = JSON.parse((await here.run('get', 'render-42', '--json')).stdout) as PodInfo;
  expect(info.claim?.pod?.endpoints[0]?.url).toBe(url);

  const touched = await here.run('touch', 'render-42', '--json');
  expect(JSON.parse(touched.stdout)).toMatchObject({ id: 'render-42', idleDeadline: expect.any(String) as string });

  const follower = here.start('events', 'render-42', '--follow', '--json', '--after', '1');
  await until('the log is followed', () => follower.stdout().includes('"healthy"'), 30_000);
  const ended = await here.run('terminate', 'render-42', '--message', 'enough');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^phase +terminated \(released\): enough$/m);
  expect(here.living()).toEqual([]);

  const { code, stdout } = await follower.ended;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ClaimEvent);
  expect(code).toBe(0);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 2));
  expect(events.at(-1)).toMatchObject({ type: 'ended', message: 'terminated: enough' });

  const over = await here.run('get', 'render-42');
  expect(over.stdout).toMatch(/^evidence +the provider says terminated/m);
  expect((await here.run('terminate', 'render-42')).code).toBe(0);
  expect((await here.run('list')).stdout).toBe('');
  expect((await here.run('list', '--all')).stdout).toMatch(/^render-42 +terminated +here/m);
}, 90_000);

test('plan asks a worker; spawn and with refuse the same specs with the same message, and start nothing', async () => {
  const planned = await here.run('plan', spec);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toMatch(/^provider +local \(account here\)$/m);

  for (const change of ['account=mars', 'spot=true', 'gpu=h1000', 'provider=runpod']) {
    const refused = await here.run('plan', spec, '--set', change);
    const spawned = await here.run('spawn', spec, '--id', 'never', '--set', change);
    const rented = await here.run('with', spec, '--id', 'never', '--set', change, '--', 'true');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    expect(spawned).toMatchObject({ code: 2, stdout: '', stderr: refused.stderr });
    expect(rented).toMatchObject({ code: 125, stderr: refused.stderr });
  }
  expect((await here.run('list', '--all')).stdout).not.toContain('never');
}, 90_000);

test('terminate ends several claims at once, also beside an unknown one', async () => {
  await here.run('spawn', spec, '--id', 'one');
  await here.run('spawn', spec, '--id', 'two', '--label', 'example.com/run=7', '--owner', 'grace');
  const ended = await here.run('terminate', 'one', 'nobody', 'two', '--json');

  expect(ended.code).toBe(4);
  expect(ended.stderr).toContain('nobody');
  expect(ended.stdout).toMatch(/"id": "one"[^]*"id": "two"/);
  expect(here.living()).toEqual([]);
}, 90_000);

test('a second spawn under an id returns the same pod; with another spec it is a conflict', async () => {
  await here.run('spawn', spec, '--id', 'same');
  const again = await here.run('spawn', spec, '--id', 'same');
  const other = await here.run('spawn', spec, '--id', 'same', '--set', 'maxLifetime=2m');

  expect(again).toMatchObject({ code: 0, stdout: 'same\n' });
  expect(other.code).toBe(5);
  expect(other.stderr).toContain('maxLifetime: 5m → 2m');
  expect((await here.run('terminate', 'same', '--no-wait')).stdout).toBe('asked same to end\n');
  await here.gone();
});

test('Ctrl-C stops the wait, not the claim', async () => {
  const deaf = here.directory.write('deaf.yaml', DEAF_SPEC);
  const waiting = here.start('spawn', deaf, '--id', 'deaf', '--wait');
  await until('the pod lives', () => here.living().length === 1, 30_000);
  waiting.kill('SIGINT');
  const { code, stderr } = await waiting.ended;

  expect(code).toBe(130);
  expect(stderr).toContain("the claim keeps running. End it with 'podkeeper terminate deaf'");
  expect(here.living()).toHaveLength(1);
  await here.run('terminate', 'deaf');
  expect(here.living()).toEqual([]);
});

test('spawn --wait reports why the claim failed', async () => {
  const deaf = here.directory.write('deaf.yaml', DEAF_SPEC);
  const failed = await here.run('spawn', deaf, '--wait', '--json', '--set', 'startupTimeout=2s');

  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({ error: { kind: 'timeout', exitCode: 1 } });
});

test('a spec that the worker refuses is wrong usage', async () => {
  const { code, stderr } = await here.run('spawn', spec, '--wait', '--set', 'account=elsewhere');

  expect(code).toBe(2);
  expect(stderr).toContain('the worker has no account elsewhere; it has here (local)');
});

test.each([['get'], ['touch'], ['events'], ['terminate'], ['write-off']])(
  '%s of an unknown claim is not found',
  async (name) => {
    const { code, stderr } = await here.run(
      name,
      'nobody',
      ...(name === 'write-off' ? ['--reason', 'x', '--yes'] : []),
    );

    expect(stderr).toContain('nobody');
    expect(code).toBe(4);
  },
);

test('write-off is refused for a living claim, and for an ended one', async () => {
  await here.run('spawn', spec, '--id', 'kept', '--wait');
  const refused = await here.run('write-off', 'kept', '--reason', 'x', '--yes');

  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain(
    "kept is healthy and has no open debt; end it first with 'podkeeper terminate kept'",
  );
  await here.run('terminate', 'kept');
  expect((await here.run('write-off', 'kept', '--reason', 'x', '--yes')).stderr).toContain('claim kept has ended');
});
