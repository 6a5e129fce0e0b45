import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { until } from '../support/until';
import { findChromium, onPage, textOf } from './support/browser';
import { openScene } from './support/scene';
import type { Scene } from './support/scene';

/** Where pictures of the pages go, for the docs: `npm run pictures`. */
const PICTURES = process.env['PODKEEPER_TEST_PICTURES'];

const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: there is no Chromium here; install it, or set CHROMIUM_PATH)' : '';

let scene: Scene;
beforeAll(async () => {
  if (chromium !== undefined) scene = await openScene();
}, 120_000);
afterAll(async () => {
  await scene?.close();
}, 60_000);

/** A test on a page of the UI, where there is a browser. */
function uiTest(name: string, run: (page: Page) => Promise<void>): void {
  const runHere = chromium === undefined ? test.skip : test;
  runHere(`${name}${why}`, async () => await onPage(chromium ?? '', run), 120_000);
}

/** A browser on a busy machine takes its time. */
const LIMIT_MS = 30_000;

async function untilReads(page: Page, ...texts: readonly (string | RegExp)[]): Promise<void> {
  let read = '';
  const reads = async () => {
    read = await textOf(page);
    return texts.every((text) => (typeof text === 'string' ? read.includes(text) : text.test(read)));
  };
  await until(`the page reads ${texts.join(', ')}`, reads, LIMIT_MS).catch((error: unknown) => {
    throw new Error(`${String(error)}; it reads:\n${read}`);
  });
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  const directory = resolve(join(__dirname, '..', '..'), PICTURES);
  mkdirSync(directory, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(directory, `${name}.png`) });
}

/** As a user does it: by the gear below the list. */
async function chooseColumns(page: Page, { add, remove }: { add: string[]; remove: string[] }): Promise<void> {
  await page.getByTestId('workflows-summary-table-configuration-button').click();
  for (const name of remove) await page.getByTestId(`orderable-list-item-${name}-remove-button`).click();
  for (const name of add) await page.getByTestId(`orderable-list-item-${name}-add-button`).click();
  // The browser remembers.
  await page.reload();
}

uiTest('the list shows what each claim is: phase, owner, GPU, price and alarm', async (page) => {
  await page.setViewportSize({ width: 1_280, height: 480 });
  await page.goto(
    `${scene.uiUrl}/namespaces/default/workflows?query=${encodeURIComponent('`WorkflowType`="podLifecycle"')}`,
  );
  const add = ['Phase', 'Alarm', 'Owner', 'Gpu', 'HourlyPrice'].map((name) => `Podkeeper${name}`);
  await chooseColumns(page, { add, remove: ['Run ID', 'Type', 'Start', 'End'] });
  const rowOf = (id: string) => page.getByRole('row').filter({ hasText: `prod/${id}` });
  await until(
    'the list has caught up',
    async () => {
      const row = await rowOf('eval-9').innerText();
      return row.includes('not_ended');
    },
    LIMIT_MS,
  );
  const rows = Object.fromEntries(
    await Promise.all(
      Object.keys(scene.pods).map(async (id) => [id, (await rowOf(id).innerText()).split(/\s+/).join(' ')] as const),
    ),
  );
  expect(rows['render-42']).toMatch(/Running prod\/render-42 healthy none ada h100_sxm 2\.99$/);
  expect(rows['train-7']).toMatch(/Running prod\/train-7 booting none alan h200 31\.92$/);
  expect(rows['notebook-3']).toMatch(/Running prod\/notebook-3 healthy none grace rtx_4090 0\.69$/);
  expect(rows['eval-9']).toMatch(/Running prod\/eval-9 ending not_ended grace l40s 0\.86$/);
  expect(rows['render-41']).toMatch(/Completed prod\/render-41 terminated none ada h100_sxm 2\.99$/);
  // Folds the views up that nobody has saved.
  await page.getByText('Saved Views').locator('xpath=following::button[1]').click();
  await takePicture(page, 'temporal-list');
});

uiTest('the page of a claim shows its phase, its address, its deadlines and how to end it', async (page) => {
  const pod = scene.pods['render-42'];
  const { runId, claim } = await pod.info();
  const [endpoint] = claim?.pod?.endpoints ?? [];
  const url = `${scene.uiUrl}/namespaces/default/workflows/${encodeURIComponent(pod.workflowId)}/${runId}`;
  await page.setViewportSize({ width: 1_280, height: 860 });
  await page.goto(`${url}/user-metadata`);
  await untilReads(
    page,
    '1 × h100_sxm on runpod for ada; ends 30m after the last touch, after 8h at the latest',
    'healthy: the pod can be used',
    endpoint?.url ?? 'no endpoint',
    /ends\sif\sidle\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/,
    'podkeeper terminate render-42',
    `Waits until ${claim?.pod?.name} is healthy`,
    'Ends if nobody touches it',
  );
  await takePicture(page, 'temporal-pod');
});

uiTest('the page of an ending claim shows what is not proven gone', async (page) => {
  const pod = scene.pods['eval-9'];
  const { runId, claim } = await pod.info();
  const url = `${scene.uiUrl}/namespaces/default/workflows/${encodeURIComponent(pod.workflowId)}/${runId}`;
  await page.goto(`${url}/user-metadata`);
  await untilReads(
    page,
    'ending: the pod is being ended',
    /not\sproven\sgone/,
    claim?.debts[0]?.name ?? 'no debt',
    /1 alarm/,
  );
});
