import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimReport } from '../../src/model';
import type { Deployment } from '../support/e2eDeployment';
import { environmentOf, onRunsServer } from './support/deployment';
import { projectOf } from './support/project';
import type { Program } from './support/project';

const live = onRunsServer();
const project = projectOf('batch', (directory) => {
  const file = join(directory, 'batch.mjs');
  writeFileSync(file, readFileSync(file, 'utf8').replace("idleTimeout: '2m'", "idleTimeout: '6s'"));
});

/** What became of the claims of a deployment. */
async function reportsOf(here: Deployment, count: number): Promise<ClaimReport[]> {
  const ids = new Set<string>();
  // Temporal's list lags behind.
  await here.until(`${count} claims are listed`, async () => {
    for await (const { id } of here.podkeeper.list({ all: true })) ids.add(id);
    return ids.size === count;
  });
  return await Promise.all([...ids].map(async (id) => (await here.podkeeper.get(id).result()).report));
}

test(
  'every item is done once, by several pods, and their cost is told',
  live(async (here) => {
    await here.startWorker();
    const batch = project.start('batch.mjs', [], environmentOf(here));

    expect({ code: await batch.ended, stderr: batch.stderr() }).toEqual({ code: 0, stderr: '' });
    expect(here.living()).toEqual([]);
    const done = [...batch.stdout().matchAll(/^(\d+) → (\d+) by (\S+)$/gm)];
    const answers = done.map(([, item, answer]) => [Number(item), Number(answer)]);
    expect(answers.toSorted(([one = 0], [other = 0]) => one - other)).toEqual(
      Array.from({ length: 12 }, (_, index) => [index + 1, (index + 1) ** 2]),
    );
    expect(new Set(done.map(([, , , pod]) => pod)).size).toBeGreaterThan(1);
    const reports = await reportsOf(here, 3);
    const cost = reports.reduce((sum, report) => sum + report.cost.total, 0);
    expect(reports.map(({ end }) => end.reason)).toEqual(['released', 'released', 'released']);
    const [, told] = /^12 of 12 items done; 3 pods cost \$(\S+) and are gone$/m.exec(batch.stdout()) ?? [];
    // Summed in another order, half a unit of the last digit may be rounded the other way.
    expect(Number(told)).toBeCloseTo(cost, 3);
    expect(cost).toBeGreaterThan(0.01);
  }),
  120_000,
);

test(
  'Ctrl-C ends the pods, and what is left undone is told; killed, a job leaves its pods to their idleTimeout',
  live(async (here) => {
    await here.startWorker();
    const [stopped, killed] = [1, 2].map(() => project.start('batch.mjs', [], environmentOf(here))) as [
      Program,
      Program,
    ];
    const killing = killed.prints(/→/).then(() => killed.kill('SIGKILL'));
    const claims = await stopped.prints(/→ \d+ by (\S+)-\d$/m);
    const ofStopped = () => here.living().filter((pod) => pod.includes(`-${claims}-`));
    expect(ofStopped().length).toBeGreaterThan(0);
    stopped.kill('SIGINT');

    expect(await stopped.ended).toBe(1);
    expect(ofStopped()).toEqual([]);
    expect(stopped.stderr()).toBe('SIGINT: ending the pods\n');
    expect(stopped.stdout()).toMatch(/^\d+ of 12 items done; 3 pods cost \S+ and are gone$/m);
    await killing;
    const reports = await reportsOf(here, 6);
    const ends = reports.map(({ id, end }) => `${id.startsWith(claims) ? 'stopped' : 'killed'}: ${end.reason}`);
    expect(ends.toSorted()).toEqual([...Array(3).fill('killed: idle'), ...Array(3).fill('stopped: released')]);
    expect(here.living()).toEqual([]);
  }),
  120_000,
);
