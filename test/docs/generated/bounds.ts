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
    `A pod stops billing at most **${end}** after its claim ends, or **${reaper}** if the workflow was terminated, deleted ` +
      'or is stuck. Typical times are seconds, and six minutes. Time without Temporal, a worker, the credentials or the ' +
      'provider is not counted.',
  );
}

/** How the end bound for local pods and for many ends differs, for the page of guarantees. */
export function localBound(): string {
  const { listLagMs } = createLocalProvider();
  if (listLagMs === undefined) throw new Error('the local provider states no list lag');
  const local = endBound({ ...DEFAULT_SETTINGS, listLagMs });
  return wrap(
    `For local pods the end bound is **${formatDuration(local)}**: their list lag is ${formatDuration(listLagMs)}. ` +
      `Many ends at once add one \`callTimeout\` for each further ${CALLS_AT_ONCE} ends (calls in flight). With a quota ` +
      'they add the current minute and one minute for each `callsPerMinute` − ' +
      `${LISTS_A_MINUTE} ends (lists take up to ${LISTS_A_MINUTE} calls a minute). The proof takes one more \`endLag\` ` +
      'and two `missingPoll`.',
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
  { what: 'the list shows the pod late', setting: 'listLagMs' },
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

/** The terms of both bounds, each once, with their sums. */
export function termsTable(): string {
  const terms = [...END_TERMS, ...REAPER_TERMS].filter((term, index, all) => all.findIndex(isLike(term)) === index);
  const ordered = [...terms.filter((term) => !TWO_TRIES.includes(term)), ...TWO_TRIES];
  const partOf = (bound: readonly Term[], term: Term) => (bound.some(isLike(term)) ? formatDuration(msOf(term)) : '–');
  const rows = ordered.map((term) => {
    const name = code(term.setting.replace(/Ms$/, ''));
    const setting = term.times === undefined ? name : `${term.times} × ${name}`;
    return [term.what, partOf(END_TERMS, term), partOf(REAPER_TERMS, term), setting];
  });
  const sums = [endBound(DEFAULT_SETTINGS), reaperBound(DEFAULT_SETTINGS)].map((ms) => `**${formatDuration(ms)}**`);
  return table(['longest case', 'claim', 'reaper', 'setting'], [...rows, ['sum', ...sums, '']]);
}

/** Compares terms by what they are for. */
function isLike(term: Term): (other: Term) => boolean {
  return ({ what, setting }) => what === term.what && setting === term.setting;
}
