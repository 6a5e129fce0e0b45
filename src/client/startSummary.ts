import { formatDuration } from '../model';
import type { PodSpec } from '../model';

/** Temporal refuses a start whose summary is longer than 400 bytes, as it is once a payload codec has encrypted it. */
const LONGEST_SUMMARY_BYTES = 240;

/**
 * What a claim is for, in one line for Temporal's UI: `1 × h100 on runpod for ada; ends 30m after the last touch, after 8h at the latest`. Nothing of
 * command, environment or provider options: they may say more than is meant for everybody.
 */
export function summaryOf(spec: PodSpec): string {
  const { gpu, gpuCount, idleTimeoutMs, maxLifetimeMs, owner, provider } = spec;
  const what = gpu === null ? 'Pod without a GPU' : `${gpuCount} × ${typeof gpu === 'string' ? gpu : gpu.id}`;
  const where = provider === null ? '' : ` on ${provider}`;
  const whose = owner === null ? '' : ` for ${owner}`;
  const ends = [
    ...(idleTimeoutMs === null ? [] : [`${formatDuration(idleTimeoutMs)} after the last touch`]),
    ...(maxLifetimeMs === null ? [] : [`after ${formatDuration(maxLifetimeMs)} at the latest`]),
  ];
  return cut(`${what}${where}${whose}${ends.length === 0 ? '' : `; ends ${ends.join(', ')}`}`);
}

function cut(text: string): string {
  let characters = Array.from(text);
  while (Buffer.byteLength(characters.join('')) > LONGEST_SUMMARY_BYTES) characters = characters.slice(0, -1);
  return characters.join('');
}
