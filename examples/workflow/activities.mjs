// @ts-check
import { cancellationSignal, heartbeat } from '@temporalio/activity';

const HEARTBEAT_MS = 2_000;

/**
 * Renders one frame on a pod.
 *
 * @param {string} url of the pod
 * @param {string} frame
 * @returns {Promise<string>}
 */
export async function renderFrame(url, frame) {
  // Temporal delivers a cancellation in the answer to a heartbeat.
  const beat = setInterval(heartbeat, HEARTBEAT_MS);
  try {
    const response = await fetch(new URL(frame, url), { signal: cancellationSignal() });
    if (!response.ok) throw new Error(`the pod answered ${response.status}`);
    return await response.text();
  } finally {
    clearInterval(beat);
  }
}
