import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { CHECKS } from '../../src/doctor';
import type { Finding } from '../../src/doctor';
import { handleOf } from '../../src/reaper';
import { until } from '../support/until';
import { SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment({ worker: false });

async function findings(): Promise<{ code: number | null; broken: string[]; all: Finding[] }> {
  const { code, stdout, stderr } = await here.run('doctor', '--json');
  const all = JSON.parse(stdout) as Finding[];
  const broken = all.flatMap(({ name, state }) => (state === 'broken' ? [name] : []));
  if (code === 0) expect(stderr).toContain(`all ${all.length} protections work`);
  return { code, broken, all };
}

test('before there is a worker, the doctor names what is missing and what to do', async () => {
  const { code, stdout, stderr } = await here.run('doctor');

  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^ok +temporal +${here.name} +namespace default answers$`, 'm'));
  expect(stdout).toMatch(
    /^BROKEN +workers .* no worker polls .*\n +→ start a worker of the deployment: podkeeper worker$/m,
  );
  expect(stdout).toMatch(/^BROKEN +reaper +here +it has no reaper/m);
  expect(stdout).toMatch(new RegExp(`^unknown +keys +${here.name} +not checked: no worker$`, 'm'));
  expect(stderr).toMatch(/^podkeeper: \d+ broken, \d+ unknown of 16 protections$/m);
});

test('every check holds with a worker and a healthy pod; a failed check is reported with exit code 1', async () => {
  const worker = await here.startWorker();
  const spec = here.directory.write('pod.yaml', SERVER_SPEC.replace('5m', '2h'));
  expect(await here.run('spawn', spec, '--id', 'well', '--wait')).toMatchObject({ code: 0 });

  const well = await findings();
  expect(well.all.filter(({ state }) => state !== 'holds')).toEqual([]);
  expect(well).toMatchObject({ code: 0, broken: [] });
  expect(well.all.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  expect(well.all.find(({ name }) => name === 'money')?.message).toMatch(
    /^\$36\.00\/h by the list .* \$36\.00\/h metered by 1 of 1/,
  );

  const connection = await Connection.connect({ address: here.env['TEMPORAL_ADDRESS'] });
  await handleOf(new Client({ connection }), { deployment: here.name, account: 'here' }).pause('moving house');
  await connection.close();
  expect(await findings()).toMatchObject({ code: 1, broken: ['reaper'] });

  expect((await here.run('terminate', 'well')).code).toBe(0);
  worker.kill('SIGTERM');
  await worker.ended;
}, 240_000);

test('worker --strict refuses settings that let lost pods outlive claims; another worker raises an alarm and runs', async () => {
  const file = readFileSync(join(here.directory.path, 'podkeeper.yaml'), 'utf8');
  here.directory.write('short.yaml', `${file}  maxLifetime: 20m\n`);
  const strict = await here.run('worker', '--strict', '--config', 'short.yaml');
  expect(strict.code).toBe(5);
  expect(strict.stderr).toMatch(/^podkeeper: the worker does not start in strict mode: .* maxLifetime of 20m/);

  const worker = here.start('worker', '--json', '--config', 'short.yaml');
  await until('it raises the alarm', () => worker.stderr().includes('Podkeeper alarm: with these settings'), 90_000);
  expect(worker.stderr()).toContain('worker ready');
}, 180_000);

test('doctor reports that Temporal is unreachable', async () => {
  const before = here.env['TEMPORAL_ADDRESS'];
  here.env['TEMPORAL_ADDRESS'] = '127.0.0.1:1';
  const { code, stdout } = await here.run('doctor', '--json');
  here.env['TEMPORAL_ADDRESS'] = before;

  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'temporal', state: 'broken', remedy: expect.stringContaining('TEMPORAL_ADDRESS') },
  ]);
});
