import {
  CALLS_AT_ONCE,
  DEFAULT_SETTINGS,
  endBound,
  formatDuration,
  LISTS_A_MINUTE,
  proofBound,
  reaperBound,
} from '../../../src/model';
import type { EndLoad } from '../../../src/model';
import { createLocalProvider } from '../../../src/providers';
import { code, table } from './table';
import { wrap } from './wrap';

const LOADS: readonly [what: string, load: EndLoad][] = [
  ['1 end, no limit of calls', {}],
  ['1 end, 60 calls a minute', { callsPerMinute: 60 }],
  ['150 ends at once, no limit of calls', { endsAtOnce: 150 }],
  ['150 ends at once, 60 calls a minute', { callsPerMinute: 60, endsAtOnce: 150 }],
];

/** The bounds by the default settings, for one end and for many. */
export function boundsTable(): string {
  const row = (what: string, ms: number[]) => [what, ...ms.map(formatDuration)];
  return table(
    ['', 'the pod stops billing within', 'the claim has its proof within'],
    [
      ...LOADS.map(([what, load]) => row(what, [endBound(DEFAULT_SETTINGS, load), proofBound(DEFAULT_SETTINGS, load)])),
      [...row('ended by the reaper', [reaperBound(DEFAULT_SETTINGS)]), '–'],
    ],
  );
}

/** The two bounds in one paragraph, for the README. */
export function boundsInWords(): string {
  const [end, reaper] = [endBound(DEFAULT_SETTINGS), reaperBound(DEFAULT_SETTINGS)].map(formatDuration);
  return wrap(
    `A pod stops billing at most **${end}** after its claim ends. If the workflow was terminated, deleted or is stuck, ` +
      `the bound is **${reaper}**. Typical times are seconds, and six minutes. Time during which Temporal, a worker, the ` +
      'credentials or the provider are down is not counted.',
  );
}

/** How the end bound for local pods differs, for the page of guarantees. */
export function localBound(): string {
  const { listLagMs } = createLocalProvider();
  if (listLagMs === undefined) throw new Error('the local provider states no list lag');
  const local = endBound({ ...DEFAULT_SETTINGS, listLagMs });
  return wrap(
    `The end bound is **${formatDuration(endBound(DEFAULT_SETTINGS))}**. For local pods it is **${formatDuration(local)}**, ` +
      `because their provider states a list lag of ${formatDuration(listLagMs)}. With many ends at once, the last delete ` +
      `waits for one of ${CALLS_AT_ONCE} calls in flight (one \`callTimeout\` for each further ${CALLS_AT_ONCE} ends) and ` +
      'for the quota (the current minute, which others may have used up, and one minute for each `callsPerMinute` − ' +
      `${LISTS_A_MINUTE} ends: lists take up to ${LISTS_A_MINUTE} calls a minute). The proof takes one more \`endLag\` and ` +
      'two `missingPoll`.',
  );
}

/** One term of a bound: what happens, and how many times which setting that takes. */
interface Term {
  what: string;
  setting: keyof typeof DEFAULT_SETTINGS;
  times?: number;
}

/** Two tries to end a pod, the first of which is lost. */
const TWO_TRIES: readonly Term[] = [
  { what: 'two tries: each a running list, an own list and the delete', setting: 'callTimeoutMs', times: 6 },
  { what: '… each loses its worker', setting: 'heartbeatTimeoutMs', times: 2 },
  { what: '… each waits longest, including a `Retry-After`', setting: 'endBackoffMaxMs', times: 2 },
];

/** The longest path from a decided end to a pod that no longer bills, term by term. */
export const END_TERMS: readonly Term[] = [
  { what: 'a create in flight finishes', setting: 'createTimeoutMs' },
  { what: 'its worker is lost at the last moment', setting: 'heartbeatTimeoutMs' },
  { what: 'the list shows the new pod late', setting: 'listLagMs' },
  ...TWO_TRIES,
];

/** The longest path when only the reaper is left, term by term. */
export const REAPER_TERMS: readonly Term[] = [
  { what: 'an open but stuck claim gets extra time', setting: 'overdueSlackMs' },
  { what: 'the list shows the pod late', setting: 'listLagMs' },
  { what: 'the longest grace period of a pod that looks ownerless', setting: 'sweepInFlightGraceMs' },
  {
    what: 'a sweep just missed the pod, the end of the grace period, and the first try',
    setting: 'sweepIntervalMs',
    times: 3,
  },
  ...TWO_TRIES,
];

/** What a term takes by the default settings, in ms. */
export function msOf({ setting, times = 1 }: Term): number {
  const value = DEFAULT_SETTINGS[setting];
  if (typeof value !== 'number') throw new Error(`${setting} is no duration`);
  return times * value;
}

/** The terms of the end bound. */
export function endTermsTable(): string {
  return termsTable(END_TERMS);
}

/** The terms of the reaper bound. */
export function reaperTermsTable(): string {
  return termsTable(REAPER_TERMS);
}

function termsTable(terms: readonly Term[]): string {
  const rows = terms.map((term) => {
    const name = code(term.setting.replace(/Ms$/, ''));
    return [term.what, formatDuration(msOf(term)), term.times === undefined ? name : `${term.times} × ${name}`];
  });
  return table(['longest case', 'default', 'setting'], rows);
}
