const { isPodkeeperError } = require('podkeeper');

/** How many pods a job may use up. */
const MOST_PODS = 3;

/**
 * Renders frames on a rented pod, and goes on with another when that is taken away.
 *
 * @param podkeeper a Podkeeper
 * @param {{ id: string, frames: number }} job
 * @param render renders one frame on a pod: `(pod, frame) => Promise<void>`
 * @returns the reports of the pods that were rented
 */
async function renderJob(podkeeper, { id, frames }, render) {
  const reports = [];
  let frame = 1;
  while (frame <= frames) {
    if (reports.length === MOST_PODS) throw new Error(`job ${id} has used up ${MOST_PODS} pods at frame ${frame}`);
    const pod = await podkeeper.spawn({
      id: `${id}-pod-${reports.length + 1}`,
      image: 'render/worker:7',
      gpu: 'l4',
      ports: ['8000/http'],
      maxHourlyPrice: 2,
      startupTimeout: '5m',
      idleTimeout: '10m',
      maxLifetime: '8h',
    });
    try {
      const rented = await pod.healthy();
      frame = await renderFrom(frame, frames, pod, (next) => render(rented, next));
    } finally {
      reports.push(await pod.terminate());
    }
  }
  return reports;
}

/** Renders on one pod as long as there is one. Answers the first frame that is not rendered. */
async function renderFrom(first, last, pod, render) {
  for (let frame = first; frame <= last; frame += 1) {
    await render(frame);
    try {
      // Says that the pod is still used, and finds out whether it is still there.
      await pod.touch();
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'conflict') return frame;
      throw error;
    }
  }
  return last + 1;
}

module.exports = { renderJob };
