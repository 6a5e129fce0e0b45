import { userInfo } from 'node:os';
import type { ClaimReport } from '../../src/model';
import { until } from '../support/until';
import { onDeployment } from './support/deployment';

// Longer than any test, so that a pod that ignores SIGTERM stays a debt.
const here = onDeployment({ stopGrace: '10m' });

const STUBBORN = `
command: [sh, -c, "trap '' TERM; while true; do sleep 0.2; done"]
maxLifetime: 5m
`;

test('a debt without proof is written off in a person’s name, and a waiting terminate reports it', async () => {
  const spec = here.directory.write('stubborn.yaml', STUBBORN);
  expect((await here.run('spawn', spec, '--id', 'stubborn', '--wait')).code).toBe(0);
  const terminating = here.start('terminate', 'stubborn', '--json');
  await until('it is ending', () => terminating.stderr().includes('released by'), 20_000);
  expect((await here.run('get', 'stubborn')).stdout).toMatch(/^open debts +pk-\S+-\* \(pk-\S+\), since /m);

  const unasked = await here.run('write-off', 'stubborn', '--reason', 'the host is gone');
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toMatch(/proven gone[^]*pk-[^]*add --yes if you are sure/);

  const written = await here.run('write-off', 'stubborn', '--reason', 'the host is gone', '--yes');
  expect(written).toMatchObject({ code: 0 });
  expect(written.stdout).toMatch(/^phase +written_off/m);
  expect(written.stdout).toContain(`by ${userInfo().username}: the host is gone`);

  const { code, stdout } = await terminating.ended;
  expect(code).toBe(1);
  expect(JSON.parse(stdout) as ClaimReport).toMatchObject({ phase: 'written_off' });
  expect(here.living()).toHaveLength(1);
}, 90_000);
