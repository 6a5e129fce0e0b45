import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweepNow } from '../../src/reaper';
import { reaperScheduleId } from '../../src/reaper/schedule';
import type { Deployment } from '../support/e2eDeployment';
import { environmentOf, onRunsServer } from './support/deployment';
import { projectOf } from './support/project';

const live = onRunsServer();
const project = projectOf('workflow', (directory) => writeFileSync(join(directory, 'podkeeper.yaml'), CONFIGURATION));

/** For the worker that is Podkeeper's as well. */
const CONFIGURATION = `
accounts: { here: { provider: local, directory: pods, stopGrace: 1s, hourlyPrice: 36 } }
settings: { bootPoll: 300ms, bootSnapshot: 200ms, healthyPoll: 500ms, endBackoff: 300ms, endBackoffMax: 1s, listLag: 1s }
`;

/** Renders two scenes, one to its end and another that is cancelled in its middle. */
async function renderAndCancel(here: Deployment, env: NodeJS.ProcessEnv): Promise<void> {
  const [dawn, dusk] = [`${here.name}-dawn`, `${here.name}-dusk`];
  const whole = project.start('render.mjs', [dawn, '2'], env);
  const cut = project.start('render.mjs', [dusk, '1000'], env);
  expect({ code: await whole.ended, stderr: whole.stderr() }).toEqual({ code: 0, stderr: '' });
  expect(whole.stdout()).toBe(`started render/${dawn}\npixels of ${dawn}-1\npixels of ${dawn}-2\n`);
  expect(here.living().filter((pod) => pod.includes(dawn))).toEqual([]);

  const rendering = here.client.workflow.getHandle(`render/${dusk}`);
  await cut.prints(/started/);
  await here.until('it renders', async () => (await rendering.describe()).raw.pendingActivities?.length === 1);
  expect(here.living()).toHaveLength(1);
  cut.kill('SIGINT');

  expect(await cut.ended).toBe(1);
  expect(cut.stderr()).toMatch(/^Workflow cancell?ed\n$/);
  expect(here.living()).toEqual([]);
  expect((await rendering.describe()).status.name).toBe('CANCELLED');
  const { report } = await here.podkeeper.get(`render-${dusk}`).result();
  expect(report.phase).toBe('terminated');
}

test(
  'the workflow rents from a worker of its own, beside those of Podkeeper; a cancel ends its pod first',
  live(async (here) => {
    await here.startWorker();
    const worker = project.start('worker.mjs', [], environmentOf(here));
    await renderAndCancel(here, environmentOf(here));

    worker.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  }),
  120_000,
);

test(
  'one worker runs it and Podkeeper’s workflows, and sees to it that the reaper sweeps',
  live(async (here) => {
    const env = environmentOf(here);
    const reaper = { deployment: here.name, account: 'here' };
    const worker = project.start('oneWorker.mjs', [], env);
    await renderAndCancel(here, { ...env, TASK_QUEUE: `podkeeper/${here.name}` });

    const { result } = await sweepNow(here.client, reaper);
    expect(result).toMatchObject({ complete: true });
    worker.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    await here.client.schedule.getHandle(reaperScheduleId(reaper)).delete();
  }),
  120_000,
);
