import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startDevServer } from '../../../src/servers';
import { SeededRandom } from '../../../src/simulator';
import { Deployment } from '../../support/e2eDeployment';
import { requireFreshBuild } from '../../support/e2eBuild';
import { discardSpareWorker } from '../../support/e2eWorkerProcess';
import { IS_FULL } from '../size';
import { judge } from './judge';
import { PODS, Town } from './town';

const SEED = Number(process.env['PODKEEPER_TEST_SEED'] ?? 1);
/** For how long to kill processes every few seconds; at least until each kind was killed once. */
const KILLING_MS = IS_FULL ? 240_000 : 0;

beforeAll(requireFreshBuild);
afterAll(discardSpareWorker);

test(
  `workers, an application and Temporal itself are killed at random while ${PODS} pods live: the process table is what living claims own, and in the end nothing`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'podkeeper-processes-'));
    const databaseFile = join(directory, 'temporal.db');
    const server = await startDevServer({ databaseFile });
    const client = new Client({ connection: await Connection.connect({ address: server.address }) });
    const here = new Deployment({ client, address: server.address, directory });
    const town = new Town(here, { server, databaseFile, random: new SeededRandom(SEED, 'processes') });
    try {
      await town.open();
      const until = Date.now() + KILLING_MS;
      while (Date.now() < until || !town.allWereKilled) {
        await town.kill();
        expect(await town.strangers()).toEqual([]);
      }
      await town.end();
      expect(here.living()).toEqual([]);
      const { wrong, summary } = await judge(here, town);
      console.log(
        `real processes, seed ${SEED}: ${town.summary()}; ${summary}` +
          (IS_FULL ? '' : '; left out: 20 pods, for minutes (npm run test:long -- processes)'),
      );
      expect(wrong).toEqual([]);
      await here.close();
      await here.judge();
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}\n\n${town.summary()}\n${here.story()}`,
        {
          cause: error,
        },
      );
    } finally {
      await here.close();
      await town.close();
      await client.connection.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  KILLING_MS + 300_000,
);
