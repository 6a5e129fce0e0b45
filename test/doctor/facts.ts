import { DEFAULT_SETTINGS, formatPodName, newSweepMemory } from '../../src/model';
import type {
  AttemptRecord,
  ClaimInfo,
  Suspect,
  Survey,
  SurveyRow,
  SweepResult,
  Verdict as PodVerdict,
} from '../../src/model';
import { REAPER_VERSION } from '../../src/reaper';
import type { ReaperState } from '../../src/reaper';
import { judge } from '../../src/doctor/examine';
import type { Check } from '../../src/doctor/check';
import type { AccountFacts, Facts, Known, OpenClaim } from '../../src/doctor/facts';
import type { Finding } from '../../src/doctor';

export const NOW = Date.parse('2026-11-28T12:00:00.000Z');
export const MINUTE = 60_000;

/** ISO 8601. */
export function ago(minutes: number): string {
  return new Date(NOW - minutes * MINUTE).toISOString();
}

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function notKnown(why = 'no answer'): Known<never> {
  return { known: false, why };
}

/** A deployment in which everything holds: one account, one claim with its pod. */
export function soundFacts(changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    deployment: 'prod',
    namespace: known('default'),
    hasWorker: known(true),
    accounts: known([account()]),
    claims: known({ claims: [claim()], isCutOff: false }),
    settings: DEFAULT_SETTINGS,
    ...changes,
  };
}

export function withAccount(changes: Partial<AccountFacts>): Facts {
  return soundFacts({ accounts: known([account(changes)]) });
}

export function withClaim(changes: Partial<OpenClaim>): Facts {
  return soundFacts({ claims: known({ claims: [claim(changes)], isCutOff: false }) });
}

export function account(changes: Partial<AccountFacts> = {}): AccountFacts {
  return {
    account: 'main',
    lanes: known({ spend: true, keep: true }),
    reaper: known(reaper()),
    dryRun: known(sweep([row('alive')])),
    isTaken: true,
    ...changes,
  };
}

export function reaper(changes: Partial<ReaperState> = {}): ReaperState {
  return {
    isPaused: false,
    note: null,
    version: REAPER_VERSION,
    settings: DEFAULT_SETTINGS,
    installedAt: ago(600),
    isSweeping: false,
    last: swept(1),
    ...changes,
  };
}

/** The result of a complete sweep. */
export function swept(minutesAgo: number, suspects: Suspect[] = []): SweepResult {
  const at = ago(minutesAgo);
  return { ...sweep([]), at, memory: { ...newSweepMemory(), completeAt: at, suspects } };
}

export function sweep(rows: SurveyRow[]): SweepResult {
  const count = (verdict: PodVerdict) => rows.filter((each) => each.verdict === verdict).length;
  const survey: Survey = {
    listedAt: ago(0),
    identity: 'acme',
    lags: { listLagMs: 60_000, endLagMs: 60_000 },
    counts: {
      foreign: count('foreign'),
      other_control_plane: count('other_control_plane'),
      alive: count('alive'),
      overdue: count('overdue'),
      orphan: count('orphan'),
      owner_not_found: count('owner_not_found'),
      unknown: count('unknown'),
    },
    hourlyPrice: rows.reduce((sum, { hourlyPrice }) => sum + (hourlyPrice ?? 0), 0),
    rows,
    otherControlPlane: rows.flatMap(({ name, verdict }) => (verdict === 'other_control_plane' ? [name] : [])),
  };
  const memory = newSweepMemory();
  return {
    deployment: 'prod',
    account: 'main',
    at: ago(0),
    complete: true,
    voidReason: null,
    survey,
    events: [],
    memory,
  };
}

export function nameOf(claimId = 'render'): string {
  return formatPodName({ deployment: 'prod', controlPlane: 'aaaa', claim: claimId, life: 'bbbbbb', attempt: 1 });
}

export function row(verdict: PodVerdict, changes: Partial<SurveyRow> = {}): SurveyRow {
  const id = changes.id ?? 'pod-1';
  return { id, name: nameOf(), status: 'running', hourlyPrice: 2, verdict, evidence: 'as it was seen', ...changes };
}

export function suspect(minutesAgo: number, changes: Partial<Suspect> = {}): Suspect {
  return {
    id: 'pod-2',
    name: nameOf('gone'),
    verdict: 'orphan',
    evidence: 'closed',
    firstSeenAt: ago(minutesAgo),
    verdictSince: ago(minutesAgo),
    deleteAcceptedAt: null,
    triedAt: null,
    absence: null,
    hourlyPrice: 2,
    ...changes,
  };
}

export function claim(changes: Partial<OpenClaim> = {}): OpenClaim {
  return {
    id: 'render',
    account: 'main',
    notAfter: ago(-60),
    maxLifetimeMs: null,
    taskAttempt: 0,
    info: known(info()),
    ...changes,
  };
}

export function info(changes: Partial<ClaimInfo> = {}): ClaimInfo {
  return {
    id: 'render',
    deployment: 'prod',
    phase: 'healthy',
    provider: 'mock',
    account: 'main',
    owner: null,
    spec: null,
    specDigest: null,
    pod: null,
    claimedAt: ago(30),
    healthyAt: ago(29),
    touchedAt: null,
    end: null,
    endAcceptedAt: null,
    deadlines: { startup: null, idle: null, lifetime: null },
    cost: { total: 1, hourlyPrice: 2, complete: true },
    attempts: [attempt()],
    debts: [],
    events: [],
    ...changes,
  };
}

export function attempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    name: nameOf(),
    provider: 'mock',
    account: 'main',
    outcome: 'held',
    podId: 'pod-1',
    hourlyPrice: 2,
    startedAt: ago(30),
    sentBefore: ago(30),
    absentSince: null,
    kind: null,
    message: null,
    ...changes,
  };
}

/** What one check finds, by its name; there must be exactly one. */
export function findingOf(name: string, facts: Facts): Finding {
  const [finding, ...more] = judge(facts).filter((each) => each.name === name);
  if (finding === undefined || more.length > 0) throw new Error(`${name} finds ${more.length + 1} things, not one`);
  return finding;
}

/** A check, facts, and what its message contains. */
export type Case = [name: string, facts: Facts, message: string];

/** Runs a file's checks: each case that is broken, each that holds although it looks wrong, and that every check has a broken case. */
export function testChecks(checks: readonly Check[], { broken, holding }: { broken: Case[]; holding: Case[] }): void {
  test.each(broken)('%s is broken: %#', (name, facts, message) => {
    const finding = findingOf(name, facts);
    expect(finding).toMatchObject({ state: 'broken', remedy: expect.stringMatching(/\w/) });
    expect(finding.message).toContain(message);
  });

  test.each(holding)('%s holds: %#', (name, facts, message) => {
    const finding = findingOf(name, facts);
    expect(finding).toMatchObject({ state: 'holds', remedy: null });
    expect(finding.message).toContain(message);
  });

  test('each check has a case that is broken, except the one that only informs', () => {
    const names = new Set([...broken.map(([name]) => name), 'foreign']);
    expect(checks.flatMap(({ name }) => (names.has(name) ? [] : [name]))).toEqual([]);
  });
}
