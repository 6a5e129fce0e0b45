const { isPodkeeperError } = require('podkeeper');

/** Maximum number of pods per job. */
const MAX_PODS = 3;

/**
 * Renders frames on a rented pod, and continues on another if it is preempted.
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
    if (reports.length === MAX_PODS) throw new Error(`job ${id} has used up ${MAX_PODS} pods at frame ${frame}`);
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

/** Renders on one pod until it is lost. Returns the first frame that isn't rendered. */
async function renderFrom(first, last, pod, render) {
  for (let frame = first; frame <= last; frame += 1) {
    await render(frame);
    try {
      // Renews the lease, and checks that the pod still exists.
      await pod.touch();
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'conflict') return frame;
      throw error;
    }
  }
  return last + 1;
}

module.exports = { renderJob };
