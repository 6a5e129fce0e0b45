import { Client, Connection } from '@temporalio/client';
import { workflowIdOf } from '../../src/model';
import { handleOf } from '../../src/reaper';
import type { ReapedAccount } from '../../src/cli/commands/reap';
import { until } from '../support/until';
import { SERVER_SPEC, onDeployment } from './support/deployment';

const QUICK_REAPER = `
  sweepInterval: 1s
  sweepTimeout: 30s
  sweepGrace: 8s
  sweepInFlightGrace: 10s
`;

const here = onDeployment({ worker: false, settings: QUICK_REAPER });

async function connected(use: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: here.env['TEMPORAL_ADDRESS'] });
  await use(new Client({ connection }));
  await connection.close();
}

test('reap says that no worker has installed a reaper', async () => {
  const swept = await here.run('reap');
  expect(swept.stderr).toContain(`deployment ${here.name} has no reaper. A worker installs one`);
  expect(swept.code).toBe(4);

  const named = await here.run('reap', '--account', 'here', '--json');
  expect(named.code).toBe(4);
  expect(JSON.parse(named.stdout)).toMatchObject([{ account: 'here', error: { kind: 'not_found', exitCode: 4 } }]);

  const dry = await here.run('reap', '--dry-run');
  expect(dry.stderr).toContain(`no worker polls podkeeper/${here.name}, so no worker can sweep`);
  expect(dry.code).toBe(3);
});

test('a dry run shows an orphan, sweeps end it, and a held pod stays', async () => {
  await here.startWorker();
  const spec = here.directory.write('pod.yaml', SERVER_SPEC);
  for (const id of ['kept', 'cut']) {
    expect(await here.run('spawn', spec, '--id', id, '--wait')).toMatchObject({ code: 0 });
  }
  await connected(async (client) => {
    // So that it still exists during the dry run.
    await handleOf(client, { deployment: here.name, account: 'here' }).pause('for the test');
    await client.workflow.getHandle(workflowIdOf(here.name, 'cut')).terminate('a test');
  });
  const dry = await here.run('reap', '--dry-run');
  expect(dry.code).toBe(0);
  // There may be foreign pods on this machine.
  expect(dry.stdout).toMatch(/^pods +\d+: .*1 alive, 1 orphan$/m);
  expect(dry.stdout).toMatch(/^price +\$72\/h for our pods/m);
  const verdicts = dry.stdout
    .split('\n')
    .flatMap((line) => /^(orphan|alive) .*-(cut|kept)-/.exec(line)?.slice(1) ?? []);
  expect(verdicts).toEqual(['orphan', 'cut', 'alive', 'kept']);
  expect(dry.stdout).toContain("its claim's workflow is closed (TERMINATED)");

  const paused = await here.run('reap');
  expect(paused.stderr).toContain('the reaper of account here is paused (for the test)');
  expect(paused.code).toBe(5);
  expect(here.living()).toHaveLength(2);

  await connected(async (client) => await handleOf(client, { deployment: here.name, account: 'here' }).unpause());
  const said: string[] = [];
  await until(
    'the reaper has ended it',
    async () => {
      const { code, stdout, stderr } = await here.run('reap', '--account', 'here');
      if (code !== 0) throw new Error(stderr);
      said.push(stdout);
      return here.living().length === 1;
    },
    120_000,
  );
  expect(here.living()[0]).toContain('-kept-');
  // Scheduled sweeps run in between, so it is unknown which one ends the pod and what is still seen of it.
  expect(said.join('')).toMatch(/^orphan .*-cut-.*its claim's workflow is closed \(TERMINATED\)$/m);

  const after = await here.run('reap', '--json');
  const [account] = JSON.parse(after.stdout) as Exclude<ReapedAccount, { error: unknown }>[];
  expect(account).toMatchObject({ account: 'here', dryRun: false, result: { complete: true } });
  expect(account?.result.survey?.counts).toMatchObject({ alive: 1, orphan: 0 });
  expect((await here.run('terminate', 'kept')).code).toBe(0);
}, 240_000);
