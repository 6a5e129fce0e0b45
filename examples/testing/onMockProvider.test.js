const { useTestPodkeeper } = require('podkeeper/testing');
const { renderJob } = require('./renderService');

// Podkeeper's workflows and activities with a simulated cloud in this process, in virtual time.
const here = useTestPodkeeper();

/** A frame takes a minute. */
const renderForAMinute = () => here().skip('1m');

test('a pod that is preempted at minute 3 is replaced, and the job continues', async () => {
  const { podkeeper, cloud } = here();
  cloud.script({ match: { nth: 1 }, preemptedAfterMs: 3 * 60_000 });
  const rendered = [];
  const begun = performance.now();
  const reports = await renderJob(podkeeper, { id: 'film', frames: 6 }, async (pod, frame) => {
    await renderForAMinute();
    rendered.push(`${frame} on ${pod.name}`);
  });
  console.log(`real ms: ${Math.round(performance.now() - begun)}`);
  expect(reports.map(({ end }) => end.reason)).toEqual(['exited', 'released']);
  const [first, second] = cloud.ledger.entries();
  expect(first).toMatchObject({ endedBy: 'preemption' });
  expect(second).toMatchObject({ endedBy: 'request' });
  // The interrupted frame is rendered again.
  expect(new Set(rendered.map((line) => line.split(' ')[0])).size).toBe(6);
  expect(rendered.filter((line) => line.includes('-film-pod-2-')).length).toBeGreaterThanOrEqual(3);
  expect(cloud.ledger.billing()).toEqual([]);
});

test('a pod that never becomes healthy is ended in time, and costs nothing more', async () => {
  const { podkeeper, cloud } = here();
  cloud.script({ runningAfterMs: null });
  const begun = await here().now();
  await expect(renderJob(podkeeper, { id: 'film', frames: 6 }, renderForAMinute)).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('not healthy within startupTimeout 5m'),
  });
  const waited = (await here().now()).getTime() - begun.getTime();
  expect(waited).toBeGreaterThanOrEqual(5 * 60_000);
  expect(waited).toBeLessThan(6 * 60_000);
  expect(cloud.ledger.billing()).toEqual([]);
});

test('a pod above the maximum price is never used', async () => {
  const { podkeeper, cloud } = here();
  cloud.setPrice({ gpu: 'l4', hourlyPrice: 2.5 });
  const render = jest.fn();
  await expect(renderJob(podkeeper, { id: 'film', frames: 6 }, render)).rejects.toMatchObject({
    kind: 'price_above_cap',
  });
  expect(render).not.toHaveBeenCalled();
  expect(cloud.ledger.billing()).toEqual([]);
});

test('when the application crashes, its pod ends by itself', async () => {
  const { podkeeper, cloud } = here();
  await new Promise((begun) => {
    const crash = () => {
      begun();
      // Never resolves: the renderer has crashed.
      return new Promise(() => undefined);
    };
    void renderJob(podkeeper, { id: 'film', frames: 6 }, crash);
  });
  const { report } = await podkeeper.get('film-pod-1').result();
  expect(report.end).toMatchObject({ reason: 'idle' });
  expect(report.durationMs).toBeLessThan(15 * 60_000);
  expect(cloud.ledger.billing()).toEqual([]);
});
