import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { PodHandle } from '../../../src/client';
import { bound } from '../../../src/model';
import { handleOf } from '../../../src/reaper';
import { Deployment } from '../../support/e2eDeployment';
import { requireFreshBuild } from '../../support/e2eBuild';
import { ACCOUNT, LIST_LAG_MS, SLEEP } from '../../support/e2eSetup';
import { discardSpareWorker } from '../../support/e2eWorkerProcess';
import { devServerAddress, devServerConnection } from '../../support/environment';
import { operate } from '../../support/operator';
import type { Deed } from '../../support/operator';
import { PATIENT_SETTINGS } from '../../support/simulatedDeployment';
import { until } from '../../support/until';

const SETTINGS = { ...PATIENT_SETTINGS, listLagMs: LIST_LAG_MS };
/** Extra time for a busy machine. */
const SLACK_MS = 60_000;
/** What is done to each claim; `undefined`: nothing. */
const DEEDS: (Deed | undefined)[] = ['terminate', 'delete', 'cancel', 'reset', undefined, undefined];

beforeAll(requireFreshBuild);
afterAll(discardSpareWorker);

test('local pods whose claims an operator terminates, deletes and cancels end within the bound; those of a reset and of untouched ones live', async () => {
  const connection = await devServerConnection();
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-operator-'));
  const here = new Deployment({ client: new Client({ connection }), address: devServerAddress(), directory });
  try {
    await here.startWorker({ reaper: true, settings: SETTINGS });
    const pods: { pod: PodHandle; name: string; deed: Deed | undefined }[] = [];
    for (const deed of DEEDS) {
      const pod = await here.podkeeper.spawn(SLEEP);
      pods.push({ pod, name: (await held(pod)) ?? '', deed });
    }
    for (const { pod, deed } of pods) {
      if (deed !== undefined) await operate(here.client, pod.workflowId, deed, last);
    }
    const at = Date.now();
    const kept = pods.filter(({ deed }) => deed === undefined || deed === 'reset');
    await until('only those that are kept live', () => here.living().length <= kept.length, bound(SETTINGS) + SLACK_MS);
    expect(here.living()).toEqual(kept.map(({ name }) => name).toSorted());
    console.log(`local pods: gone ${Date.now() - at} ms after what an operator did; bound ${bound(SETTINGS)} ms`);
    for (const { pod, name } of kept) {
      expect(await held(pod)).toBe(name);
      await pod.terminate();
    }
    await here.close();
    await here.judge();
  } finally {
    await here.close();
    await handleOf(here.client, { deployment: here.name, account: ACCOUNT }).delete();
    await connection.close();
    rmSync(directory, { recursive: true, force: true });
  }
}, 400_000);

/** The name of a claim's pod, once it is healthy. */
async function held(pod: PodHandle): Promise<string | undefined> {
  let name: string | undefined;
  await until(
    `${pod.id} is healthy`,
    async () => {
      const { claim } = await pod.info();
      name = claim?.pod?.name;
      return claim?.phase === 'healthy';
    },
    120_000,
  );
  return name;
}

function last<T>(items: readonly T[]): T {
  return items.at(-1) as T;
}
