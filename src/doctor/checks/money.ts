import { isReapable, listNames, parsePodName } from '../../model';
import type { ClaimInfo, Survey, SurveyRow } from '../../model';
import type { Facts, OpenClaim } from '../facts';
import { broken, holds, unknown } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachSurvey, perHour } from './subjects';

/** Prices that differ by less are the same, USD per hour. */
const TOLERANCE = 0.005;

/** What the account bills for ours by the provider's list, against what the open claims meter. */
export const money: Check = {
  name: 'money',
  meaning: "the open claims meter what the pods that they hold cost, by the provider's own list",
  wayOut:
    'look at the claims of the pods named: podkeeper get; a claim ends pods that it finds beside its own within a poll',
  needsWorker: true,
  judge: (facts) => forEachSurvey(facts, (survey, { account }) => [judgeMoney(account, survey, facts)]),
};

function judgeMoney(account: string, { hourlyPrice, rows }: Survey, { claims }: Facts): Verdict {
  if (!claims.known)
    return unknown(account, `${perHour(hourlyPrice)} for ours; the claims can't be listed: ${claims.why}`);
  const own = claims.value.claims.filter((claim) => claim.account === account);
  const infos = own.flatMap(({ info }) => (info.known ? [info.value] : []));
  const ownerless = rows.reduce((sum, row) => sum + (isReapable(row.verdict) ? (row.hourlyPrice ?? 0) : 0), 0);
  const metered = infos.reduce((sum, info) => sum + meteredBy(info), 0);
  const line = `${perHour(hourlyPrice)} for ours by the list (${perHour(ownerless)} of it ownerless), ${perHour(metered)} metered by ${infos.length} of ${own.length} open claims`;
  const living = rows.filter(({ verdict }) => verdict === 'alive');
  const amiss = living.filter((row) => isUnmetered(row, own)).map(({ name }) => name);
  if (amiss.length > 0)
    return broken(account, `${line}; not metered, or at less than the list says: ${listNames(amiss)}`);
  if (infos.length < own.length) return unknown(account, line);
  return holds(account, line);
}

/** USD per hour, of all its pods that aren't proven gone. */
function meteredBy({ attempts }: ClaimInfo): number {
  return billing(attempts).reduce((sum, attempt) => sum + (attempt.hourlyPrice ?? 0), 0);
}

function billing(attempts: ClaimInfo['attempts']): ClaimInfo['attempts'] {
  return attempts.filter(({ podId, absentSince }) => podId !== null && absentSince === null);
}

/** Tells whether a claim that answers, and has no create under way, knows less of its pod than the list. */
function isUnmetered(row: SurveyRow, claims: readonly OpenClaim[]): boolean {
  const claim = claims.find(({ id }) => id === parsePodName(row.name)?.claim);
  // It has ended since, or nobody answers for it.
  if (claim === undefined || !claim.info.known) return false;
  const { attempts } = claim.info.value;
  if (attempts.some(({ outcome }) => outcome === 'sending' || outcome === 'unknown')) return false;
  const attempt = attempts.find(({ podId }) => podId === row.id);
  if (attempt === undefined) return true;
  return attempt.absentSince === null && (row.hourlyPrice ?? 0) > (attempt.hourlyPrice ?? 0) + TOLERANCE;
}
