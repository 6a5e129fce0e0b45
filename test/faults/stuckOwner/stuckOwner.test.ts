import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { bound } from '../../../src/model';
import { SimulatedCloud } from '../../../src/simulator';
import { devServerAddress } from '../../support/environment';
import { operate } from '../../support/operator';
import { SIMULATED_LAG_MS, SimulatedDeployment } from '../../support/simulatedDeployment';
import { until } from '../../support/until';

/** The default lifetime of claims, ms. */
const LIFETIME_MS = 20_000;
/** Extra time for a busy machine. */
const SLACK_MS = 60_000;

let here: SimulatedDeployment;

beforeAll(async () => {
  const path = join(__dirname, 'stuckWorkflows.ts');
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: path,
    workflowInterceptorModules: [path],
    logger: new DefaultLogger('ERROR'),
  });
  here = await SimulatedDeployment.open({
    address: devServerAddress(),
    cloud: new SimulatedCloud({ listLagMs: SIMULATED_LAG_MS }),
    settings: { maxLifetimeMs: LIFETIME_MS, startupTimeoutMs: LIFETIME_MS },
    workflowBundle,
  });
}, 180_000);
afterAll(async () => await here.close(), 120_000);

test('the pod of a claim whose task fails for ever is overdue: it rings, and the pod ends within the bound', async () => {
  await here.podkeeper.spawn({ id: 'kept', image: 'org/image', maxLifetime: '1h' });
  await here.podkeeper.spawn({ id: 'stuck-1', image: 'org/image' });
  await here.podkeeper.spawn({ id: 'back-1', image: 'org/image' });
  await here.healthy('kept');
  await until(
    'all of them have pods',
    () => here.podsOf('stuck-1').length + here.podsOf('back-1').length === 2,
    60_000,
  );
  await here.healthy('back-1');
  const back = here.podkeeper.get('back-1');
  await operate(here.client, back.workflowId, 'reset', (tasks) => tasks[0] as (typeof tasks)[number]);

  const lastMoment = async (claim: string): Promise<number> =>
    (await here.client.workflow.getHandle(here.podkeeper.get(claim).workflowId).describe()).startTime.getTime() +
    LIFETIME_MS;
  const { overdueSlackMs } = here.settings;
  for (const claim of ['stuck-1', 'back-1']) {
    const due = await lastMoment(claim);
    const limitMs = due + bound(here.settings) + SLACK_MS - Date.now();
    await until(`the pod of ${claim} ends`, () => here.podsOf(claim).every(({ endedAt }) => endedAt !== null), limitMs);
    const [pod] = here.podsOf(claim);
    expect(here.podsOf(claim)).toHaveLength(1);
    // Not before: until then it belongs to its claim.
    expect(pod?.endedAt).toBeGreaterThan(due + overdueSlackMs);
    expect(pod?.endedAt).toBeLessThan(due + bound(here.settings) + SLACK_MS);
    const { status } = await here.client.workflow.getHandle(here.podkeeper.get(claim).workflowId).describe();
    expect(status.name).toBe('RUNNING');
    await until(`the alarm for ${claim} rings`, async () => {
      const messages = (await here.sweeps()).flatMap(({ events }) => events);
      return messages.some(
        ({ type, message }) => type === 'alarm' && message.includes('overdue') && message.includes(`-${claim}-`),
      );
    });
    console.log(
      `${claim}: its pod ended ${(pod?.endedAt ?? 0) - due} ms after its deadline; bound ${bound(here.settings)} ms`,
    );
  }
  expect(here.endsOf('kept')).toEqual([]);
  await here.healthy('kept');
}, 300_000);
