import { reaperBound } from '../../../src/model';
import { createRunpodProvider } from '../../../src/providers/runpod';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import { DateClock, SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('a list that lags: claims that come and go under it lose no pod, and what is left behind ends', async () => {
  const lagMs = MINUTE;
  const stage = new SweepStage({ cloud: { listLagMs: lagMs } });
  const kept = await stage.claim('kept');
  const cut = await stage.claim('cut');
  await stage.sweepFor(5 * MINUTE);
  stage.temporal.close('cut');
  const cutAt = stage.clock.now();
  // Each ends its own pod, and closes while the list still shows it.
  for (let number = 0; number < 60; number += 1) {
    const pod = await stage.claim(`brief-${number}`);
    await stage.sweepFor(MINUTE);
    stage.cloud.end(pod);
    stage.temporal.close(`brief-${number}`, 'COMPLETED');
  }
  expect(new Set(stage.told())).toEqual(new Set([cut]));
  expect((stage.entry(cut).endedAt ?? Infinity) - cutAt).toBeLessThan(reaperBound(stage.settings));
  expect(stage.living()).toEqual([kept]);
});

test('lists that leave pods out at random: no living pod ends, and every orphan does', async () => {
  const stage = new SweepStage({ cloud: { seed: 7 } });
  const living: string[] = [];
  for (let number = 0; number < 10; number += 1) living.push(await stage.claim(`living-${number}`));
  for (let number = 0; number < 5; number += 1) {
    await stage.claim(`cut-${number}`);
    stage.temporal.close(`cut-${number}`);
  }
  stage.cloud.inject({ kind: 'list_omits', share: 0.3, count: Infinity });
  await stage.sweepFor(2 * HOUR);
  expect(stage.living()).toEqual(living);
});

test('lists that are empty and no error, beside claims that hold pods: such sweeps are void, and the reaper says that it is blind', async () => {
  const stage = new SweepStage();
  const kept = await stage.claim('kept');
  const cut = await stage.claim('cut');
  stage.temporal.close('cut');
  await stage.sweepFor(3 * MINUTE);
  stage.cloud.inject({ kind: 'list_empty', count: Infinity });
  await stage.sweepFor(HOUR);
  expect(stage.results.at(-1)).toMatchObject({ complete: false, memory: { suspects: [{ id: cut }] } });
  expect(stage.alarmsRaised()).toEqual(['blind']);
  expect(stage.living()).toEqual([kept, cut]);
  stage.cloud.clearFaults();
  await stage.sweepFor(2 * MINUTE);
  expect(stage.living()).toEqual([kept]);
});

test('lists that are empty, and nobody who could say what claims hold: all is forgotten, nothing ends by it', async () => {
  const stage = new SweepStage();
  const kept = await stage.claim('kept');
  const cut = await stage.claim('cut');
  stage.temporal.close('cut');
  await stage.sweepFor(3 * MINUTE);
  stage.temporal.mood = 'down';
  stage.cloud.inject({ kind: 'list_empty', count: Infinity });
  await stage.sweepFor(HOUR);
  expect(stage.results.at(-1)).toMatchObject({ complete: true, memory: { suspects: [] } });
  stage.temporal.mood = 'well';
  stage.cloud.clearFaults();
  await stage.sweepFor(4 * MINUTE);
  expect(stage.living()).toEqual([kept, cut]);
  await stage.sweepFor(2 * MINUTE);
  expect(stage.living()).toEqual([kept]);
});

test('a list whose second page fails, on a real wire: the sweep is void, whatever the first page showed', async () => {
  const clock = new DateClock();
  const fake = await startFakeCloud({ clock, pageSize: 2 });
  const provider = createRunpodProvider({ environment: { ...fake.environment }, pageSize: 2 });
  try {
    const stage = new SweepStage({ backing: { clock, cloud: fake.cloud, provider } });
    const call = { credential: fake.environment.RUNPOD_API_KEY };
    const gpu = 'NVIDIA GeForce RTX 4090';
    const pod = async (name: string): Promise<string> => (await fake.cloud.create({ name, gpu }, call)).id;
    // The claims' pods first, so that the lost page is the one that shows living claims.
    const pods = [await pod(stage.temporal.start('cut')), await pod('somebody-else')];
    for (const claim of ['a', 'b', 'c']) pods.push(await pod(stage.temporal.start(claim)));
    const [cut = ''] = pods;
    stage.temporal.close('cut');
    await stage.sweepFor(4 * MINUTE);
    fake.wire.inject({ on: 'next_page', fault: { kind: 'html_page', status: 502 }, count: Infinity });
    await stage.sweepFor(10 * MINUTE);
    expect(stage.results.at(-1)).toMatchObject({ complete: false, memory: { suspects: [{ id: cut }] } });
    expect(stage.living()).toEqual(pods);
    fake.wire.clear();
    await stage.sweepFor(MINUTE);
    expect(stage.living()).toEqual(pods.slice(1));
  } finally {
    await provider.close?.();
    await fake.close();
  }
}, 120_000);
