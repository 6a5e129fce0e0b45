import { reaperBound } from '../../../src/model';
import { SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('a claim id lives its next life beside the pod of its last: only that one ends', async () => {
  const stage = new SweepStage();
  const old = await stage.claim('render');
  stage.temporal.close('render');
  const next = await stage.claim('render');
  await stage.sweepFor(HOUR);
  expect(stage.living()).toEqual([next]);
  expect(stage.told()).toEqual([old]);
});

test('a claim id used again and again, each time while the pod before is not gone: the newest stays', async () => {
  const stage = new SweepStage();
  let newest = await stage.claim('render');
  for (let life = 0; life < 30; life += 1) {
    await stage.sweepFor(2 * MINUTE);
    expect(stage.living()).toContain(newest);
    if (life % 3 === 2) stage.temporal.delete('render');
    else stage.temporal.close('render', life % 3 === 0 ? 'TERMINATED' : 'FAILED');
    newest = await stage.claim('render');
  }
  await stage.sweepFor(HOUR);
  expect(stage.living()).toEqual([newest]);
});

test('a claim that is reset between two sweeps is not ended, however often it was seen closed before', async () => {
  const stage = new SweepStage();
  const pod = await stage.claim('render');
  for (let time = 0; time < 20; time += 1) {
    stage.temporal.close('render');
    await stage.sweepFor(4 * MINUTE);
    stage.temporal.reset('render');
    await stage.sweep();
  }
  expect(stage.living()).toEqual([pod]);
  expect(stage.told()).toEqual([]);
});

test('a claim that is reset after a sweep has looked, and before it ends: alive at the last look', async () => {
  const stage = new SweepStage();
  const pod = await stage.claim('render');
  const cut = await stage.claim('cut');
  stage.temporal.close('render');
  stage.temporal.close('cut');
  stage.beforeReap = () => stage.temporal.reset('render');
  await stage.sweepFor(HOUR);
  expect(stage.living()).toEqual([pod]);
  expect(stage.told()).toEqual([cut]);
  expect(stage.results.flatMap(({ events }) => events)).toContainEqual(
    expect.objectContaining({ type: 'skipped', message: expect.stringContaining(pod) as string }),
  );
});

test('a claim that gives its pod another verdict between look and end is given the time that this verdict takes', async () => {
  const stage = new SweepStage();
  await stage.claim('kept');
  await stage.claim('beside');
  const pod = await stage.claim('render');
  stage.temporal.close('render');
  stage.beforeReap = () => {
    stage.beforeReap = () => undefined;
    stage.temporal.delete('render');
  };
  await stage.sweepFor(5 * MINUTE);
  expect(stage.results.at(-1)?.events).toContainEqual(expect.objectContaining({ type: 'skipped' }));
  expect(stage.told()).toEqual([]);
  await stage.sweepFor(10 * MINUTE);
  expect(stage.told()).toEqual([pod]);
});

test('one sighting of a verdict is never enough, however long the pod has looked ownerless', async () => {
  const stage = new SweepStage();
  await stage.claim('kept');
  await stage.claim('beside');
  const pod = await stage.claim('render');
  stage.temporal.close('render');
  await stage.sweepFor(4 * MINUTE);
  stage.temporal.delete('render');
  await stage.clock.advance(HOUR);
  await stage.sweep();
  expect(stage.told()).toEqual([]);
  await stage.clock.advance(MINUTE);
  await stage.sweep();
  expect(stage.told()).toEqual([pod]);
});

test('a create in flight: its pod is in the list before its claim knows of it, and for as long as it boots', async () => {
  const stage = new SweepStage({ cloud: { creatingMs: 5 * MINUTE, runningAfterMs: 20 * MINUTE } });
  const pods: string[] = [];
  for (let number = 0; number < 30; number += 1) {
    pods.push(await stage.claim(`render-${number}`));
    await stage.sweepFor(MINUTE);
  }
  expect(stage.living()).toEqual(pods);
  expect(stage.told()).toEqual([]);
});

test('a pod that its provider is still setting up when its claim is cut off is given the longer grace, and ends within the bound', async () => {
  const stage = new SweepStage({ cloud: { runningAfterMs: 24 * HOUR } });
  const pod = await stage.claim('render');
  const begin = stage.clock.now();
  stage.temporal.close('render');
  await stage.sweepFor(29 * MINUTE);
  expect(stage.told()).toEqual([]);
  await stage.sweepFor(10 * MINUTE);
  expect(stage.told()).toEqual([pod]);
  expect((stage.entry(pod).endedAt ?? Infinity) - begin).toBeLessThan(reaperBound(stage.settings));
});

test('an open claim’s pod is overdue after its last moment and the slack, and not a minute before', async () => {
  const stage = new SweepStage();
  const { overdueSlackMs } = stage.settings;
  const notAfter = stage.clock.now() + HOUR;
  const stuck = await stage.claim('stuck', notAfter);
  const kept = await stage.claim('kept', notAfter + HOUR);
  await stage.sweepFor(HOUR + overdueSlackMs);
  expect(stage.results.flatMap(({ events }) => events)).toEqual([]);
  await stage.sweepFor(reaperBound(stage.settings) - overdueSlackMs);
  expect(stage.told()).toEqual([stuck]);
  expect((stage.entry(stuck).endedAt ?? Infinity) - notAfter).toBeLessThan(reaperBound(stage.settings));
  expect(stage.living()).toEqual([kept]);
  expect(stage.results.flatMap(({ events }) => events)).toContainEqual(
    expect.objectContaining({ type: 'alarm', message: expect.stringContaining('overdue') as string }),
  );
});
