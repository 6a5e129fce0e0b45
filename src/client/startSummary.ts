import { counted, formatDuration, formatHourlyPrice } from '../model';
import type { PodSpec } from '../model';

/** Temporal refuses a start whose summary is longer than 400 bytes, measured after a payload codec has encrypted it. */
const LONGEST_SUMMARY_BYTES = 240;
/** In characters. Temporal accepts 20,000 bytes of details. */
const LONGEST_DETAILS = 4_000;

/**
 * Summarizes a claim in one line for Temporal's UI: `1 × h100 on runpod for ada; ends 30m after the last touch, after 8h at the latest`.
 * Leaves out command, environment and provider options, which may not be meant for everybody.
 */
export function summaryOf(spec: PodSpec): string {
  const { candidates, gpu, gpuCount, idleTimeoutMs, maxLifetimeMs, owner, provider } = spec;
  const what =
    gpu === null
      ? candidates.some((each) => each.gpu != null)
        ? 'Pod'
        : 'Pod without a GPU'
      : `${gpuCount} × ${typeof gpu === 'string' ? gpu : gpu.id}`;
  const or = candidates.length === 0 ? '' : `, ${counted(candidates.length, 'candidate')}`;
  const where = provider === null ? '' : ` on ${provider}`;
  const whose = owner === null ? '' : ` for ${owner}`;
  const ends = [
    ...(idleTimeoutMs === null ? [] : [`${formatDuration(idleTimeoutMs)} after the last touch`]),
    ...(maxLifetimeMs === null ? [] : [`after ${formatDuration(maxLifetimeMs)} at the latest`]),
  ];
  return cut(`${what}${where}${or}${whose}${ends.length === 0 ? '' : `; ends ${ends.join(', ')}`}`);
}

/**
 * Lists the spec in Markdown for the claim's page in Temporal's UI. It is there from the start, also while no worker answers. Like the
 * summary, it leaves out command and environment.
 */
export function detailsOf(spec: PodSpec): string {
  const { account, health, image, labels, maxHourlyPrice, ports, regions, startupTimeoutMs, template } = spec;
  const items: [name: string, value: string | null][] = [
    ['account', account],
    ['image', image],
    ['template', template],
    ['ports', listed(ports.map(({ port, protocol }) => `${port}/${protocol}`))],
    ['healthy when', HEALTHY[health.kind]],
    ['healthy within', startupTimeoutMs === null ? null : formatDuration(startupTimeoutMs)],
    ['at most', maxHourlyPrice === null ? null : formatHourlyPrice(maxHourlyPrice)],
    ['regions', listed(regions)],
    ['labels', listed(Object.entries(labels).map(([name, value]) => `${name}=${value}`))],
  ];
  // As code, so that nothing in it becomes a link or an image.
  const lines = items.flatMap(([name, value]) =>
    value === null ? [] : [`- ${name}: \`${value.replaceAll('`', "'")}\``],
  );
  return lines.join('\n').slice(0, LONGEST_DETAILS);
}

const HEALTHY = {
  status: 'the provider says that it runs',
  http: 'it runs, and answers by HTTP',
  tcp: 'it runs, and takes connections',
} as const;

function listed(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(', ');
}

function cut(text: string): string {
  let characters = Array.from(text);
  while (Buffer.byteLength(characters.join('')) > LONGEST_SUMMARY_BYTES) characters = characters.slice(0, -1);
  return characters.join('');
}
