import { join } from 'node:path';
import { DefaultLogger, Runtime, bundleWorkflowCode } from '@temporalio/worker';
import { DEFAULT_SETTINGS, endBound, formatDuration, proofBound } from '../src/model';
import type { EndLoad } from '../src/model';
import { createTestPodkeeper } from '../src/testing';
import type { TestPodkeeper } from '../src/testing';
import { printTable } from './support/numbers';

/** RunPod's rate limit when 150 claims ended together and 20 pods were billed for longer than promised, calls per minute. */
const CALLS_A_MINUTE = 60;
const LOADS = [1, 25, 150];
const ALL_DELETES_MS = 4 * 60_000;

/**
 * Releases many claims of one account at once, with a rate-limited provider. Workflows, activities, account and limiter are the product's, on Temporal's
 * time-skipping server. The cloud is simulated; its ledger shows until when pods were billed.
 */
export async function run(): Promise<void> {
  // Alarms for ends that take longer than 5 min are expected.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '../src/workflows/index.ts'),
    workflowInterceptorModules: [join(__dirname, '../src/workflows/interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const rows = [['ends', 'deletes', 'bound', 'proof', 'bound', 'lists until then', 'lists in all', 'as promised']];
  for (const endsAtOnce of LOADS) rows.push(await measure(endsAtOnce, code));
  console.log(
    `  ${CALLS_A_MINUTE} calls a minute; until the last delete was accepted, and until the last claim had its proof`,
  );
  printTable(rows);
}

async function measure(endsAtOnce: number, code: string): Promise<string[]> {
  const here = await createTestPodkeeper({
    cloud: { callsPerMinute: CALLS_A_MINUTE, listLagMs: DEFAULT_SETTINGS.listLagMs, endedShownMs: 0 },
    // Boots aren't measured.
    settings: { startupTimeoutMs: 3_600_000 },
    standstillMs: 120_000,
    workflowBundle: { code } as unknown as { codePath: string },
  });
  try {
    return await released(here, endsAtOnce);
  } finally {
    await here.close();
  }
}

async function released(here: TestPodkeeper, endsAtOnce: number): Promise<string[]> {
  const pods = await Promise.all(
    Array.from({ length: endsAtOnce }, (_, index) =>
      here.podkeeper.spawn({ image: 'org/image', id: `render-${index}` }),
    ),
  );
  for (const pod of pods) await pod.healthy();
  await here.skip('5m');
  const at = (await here.now()).getTime();
  const reports = await Promise.all(pods.map(async (pod) => await pod.terminate()));
  const calls = here.cloud.calls().filter((call) => call.at >= at);
  const deletes = calls.filter(({ operation, outcome }) => operation === 'terminate' && outcome === 'ok');
  const lists = calls.filter(({ operation }) => operation === 'list');
  const deletesMs = Math.max(...deletes.map((call) => call.at)) - at;
  const proofMs = Math.max(...reports.map(({ endedAt }) => Date.parse(endedAt))) - at;
  const load: EndLoad = { callsPerMinute: CALLS_A_MINUTE, endsAtOnce };
  const [bills, proven] = [endBound(DEFAULT_SETTINGS, load), proofBound(DEFAULT_SETTINGS, load)];
  const ended = new Set(deletes.map(({ subject }) => subject)).size;
  const isKept = ended === endsAtOnce && deletesMs <= Math.min(bills, ALL_DELETES_MS) && proofMs <= proven;
  return [
    String(endsAtOnce),
    formatDuration(deletesMs),
    formatDuration(bills),
    formatDuration(proofMs),
    formatDuration(proven),
    String(lists.filter((call) => call.at <= at + deletesMs).length),
    String(lists.length),
    isKept ? 'yes' : 'NO',
  ];
}
