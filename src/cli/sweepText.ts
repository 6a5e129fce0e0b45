import { VERDICTS, brakeOf, dueFrom } from '../model';
import type { Settings, Suspect, Survey, SurveyRow, SweepResult } from '../model';
import { counted, fields, formatDistance, formatHourlyPrice, formatMoment, table } from './text';

/** Describes what a sweep saw and did. */
export function sweepText(result: SweepResult, settings: Settings, now: number): string {
  const { account, at, survey, events, memory } = result;
  const brake = survey === null ? null : brakeOf(survey);
  const head = fields([
    ['account', account],
    ['swept', `${formatMoment(at)} (${formatDistance(at, now)})`],
    ['void', result.complete ? null : `${result.voidReason ?? 'no reason given'}; nothing was ended`],
    ['pods', survey === null ? null : countsText(survey)],
    [
      'price',
      survey === null ? null : `${formatHourlyPrice(survey.hourlyPrice)} for our pods, as far as prices are known`,
    ],
    ['brake', brake],
    ['events', events.length === 0 ? null : events.map(({ message }) => message).join('\n')],
    [
      'alarms',
      memory.alarms.length === 0
        ? null
        : memory.alarms.map(({ key, since }) => `${key} since ${formatMoment(since)}`).join('\n'),
    ],
  ]);
  return `${head}${suspectsText(memory.suspects, { settings, now, brake })}`;
}

/** Describes what a dry run saw: every pod, the worst first. */
export function dryRunText({ account, survey, voidReason }: SweepResult): string {
  const head = fields([
    ['account', account],
    ['void', voidReason],
    ['pods', survey === null ? null : countsText(survey)],
    [
      'price',
      survey === null ? null : `${formatHourlyPrice(survey.hourlyPrice)} for our pods, as far as prices are known`,
    ],
    ['brake', survey === null ? null : brakeOf(survey)],
  ]);
  if (survey === null || survey.rows.length === 0) return head;
  const rows = worstFirst(survey.rows).map((row) => [
    row.verdict,
    row.id,
    row.name,
    row.status,
    formatHourlyPrice(row.hourlyPrice),
    row.evidence,
  ]);
  const left = sumOf(survey) - rows.length;
  const more = left > 0 ? `and ${counted(left, 'pod')} more\n` : '';
  return `${head}${table([['VERDICT', 'POD', 'NAME', 'STATUS', 'PRICE', 'EVIDENCE'], ...rows])}${more}`;
}

/** Pods to be ended first, then those without a verdict, then living ones. */
const WORST_FIRST = [
  'overdue',
  'orphan',
  'owner_not_found',
  'unknown',
  'other_control_plane',
  'alive',
  'foreign',
] as const;

/** Sorts pods by urgency, then by price. */
function worstFirst(rows: readonly SurveyRow[]): SurveyRow[] {
  const rank = ({ verdict }: SurveyRow) => WORST_FIRST.indexOf(verdict);
  const price = ({ hourlyPrice }: SurveyRow) => hourlyPrice ?? 0;
  return rows.toSorted((one, other) => rank(one) - rank(other) || price(other) - price(one));
}

function countsText(survey: Survey): string {
  const { counts } = survey;
  const parts = VERDICTS.flatMap((verdict) => (counts[verdict] === 0 ? [] : [`${counts[verdict]} ${verdict}`]));
  return parts.length === 0 ? 'none' : `${sumOf(survey)}: ${parts.join(', ')}`;
}

function sumOf({ counts }: Survey): number {
  return VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
}

function suspectsText(
  suspects: readonly Suspect[],
  { settings, now, brake }: { settings: Settings; now: number; brake: string | null },
): string {
  if (suspects.length === 0) return '';
  const rows = suspects.map((suspect) => [
    suspect.verdict,
    suspect.id,
    suspect.name,
    formatDistance(suspect.firstSeenAt, now),
    nextText(suspect, settings, brake !== null, now),
    formatHourlyPrice(suspect.hourlyPrice),
    suspect.evidence,
  ]);
  return table([['VERDICT', 'POD', 'NAME', 'FIRST SEEN', 'NEXT', 'PRICE', 'EVIDENCE'], ...rows]);
}

/** What happens to a suspect next. */
function nextText(suspect: Suspect, settings: Settings, isBraked: boolean, now: number): string {
  const { verdict, absence, deleteAcceptedAt } = suspect;
  if (absence !== null) return `not listed since ${formatMoment(new Date(absence.first.notBefore).toISOString())}`;
  if (deleteAcceptedAt !== null) return `delete accepted ${formatDistance(deleteAcceptedAt, now)}`;
  if (isBraked && verdict === 'owner_not_found') return 'held back by the brake';
  // A pod that is still being set up gets a longer grace. The next sweep checks that.
  const due = dueFrom(suspect, 'running', settings);
  return due <= now
    ? 'ended by the next sweep'
    : `ended ${formatDistance(new Date(due).toISOString(), now)} at the earliest`;
}

/** One line on what went wrong in a sweep; `null` if nothing did. */
export function problemOf({ account, complete, voidReason, survey, events }: SweepResult): string | null {
  if (!complete || survey === null)
    return `the sweep of account ${account} is void and ended no pod: ${voidReason ?? 'no reason given'}`;
  if (brakeOf(survey) !== null)
    return `the brake is on in account ${account}, so pods whose owner isn't found are not ended: check them with 'podkeeper reap --dry-run'`;
  const failed = events.filter(({ type }) => type === 'failed').length;
  return failed === 0
    ? null
    : `the end of ${counted(failed, 'pod')} in account ${account} failed; the next sweep tries again`;
}
