import { DEFAULT_SETTINGS, endBound, formatDuration, proofBound, reaperBound } from '../../../src/model';
import type { EndLoad } from '../../../src/model';
import { table } from './table';

const LOADS: readonly [what: string, load: EndLoad][] = [
  ['1 end, at a provider without a limit of calls', {}],
  ['1 end, at 60 calls a minute', { callsPerMinute: 60 }],
  ['150 ends at once, without a limit of calls', { endsAtOnce: 150 }],
  ['150 ends at once, at 60 calls a minute', { callsPerMinute: 60, endsAtOnce: 150 }],
];

/** The bounds by the default settings, for one end and for many. */
export function boundsTable(): string {
  const row = (what: string, ms: number[]) => [what, ...ms.map(formatDuration)];
  return table(
    ['', 'a pod bills no longer than', 'its claim waits for the proof no longer than'],
    [
      ...LOADS.map(([what, load]) => row(what, [endBound(DEFAULT_SETTINGS, load), proofBound(DEFAULT_SETTINGS, load)])),
      [...row('ended by the reaper', [reaperBound(DEFAULT_SETTINGS)]), '–'],
    ],
  );
}
