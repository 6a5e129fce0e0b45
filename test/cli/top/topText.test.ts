import { topClaim, totalsOf } from '../../../src/cli/top/snapshot';
import type { TopClaim, TopSnapshot } from '../../../src/cli/top/snapshot';
import { SORTS, linesAround, sorted, topLines } from '../../../src/cli/top/topText';
import type { ClaimInfo } from '../../../src/model';
import { NOW, at, claimInfo, summary } from './claims';

const MINUTE = 60_000;
const claim = (id: string, changes: Partial<ClaimInfo> = {}): TopClaim =>
  topClaim(summary(id), { claim: claimInfo(id, changes), askedAt: NOW }, NOW);
const silent = topClaim(summary('silent'), undefined, NOW);
const debt = {
  account: 'main',
  name: 'pk-prodabcd-owing-abcdef-*',
  podIds: ['xyz'],
  since: at(-3 * MINUTE),
  alarms: 2,
};
const ending = { reason: 'idle', message: 'idle', at: at(-3 * MINUTE) } as const;
const owing = claim('owing', { phase: 'ending', end: ending, pod: null, debts: [debt] });

function snapshot(...claims: TopClaim[]): TopSnapshot {
  return { at: at(0), deployment: 'prod', hasWorker: true, claims, totals: totalsOf(claims) };
}

const texts = (of: TopSnapshot, most?: number) => topLines(of, most).map(({ text }) => text);

test('the table has claims that answered, and claims that only Temporal’s list has', () => {
  expect(texts(snapshot(claim('render-42'), silent))).toEqual([
    'ID         PHASE    GPU        OWNER  AGE  IDLE  DEADLINE           $/H  SPENT',
    'render-42  healthy  NVIDIA L4  ada    10m  6m    in 24m (idle)      $6   $1',
    'silent     booting  -          grace  10m  -     in 50m (lifetime)  $5   -',
    '',
    '2 claims, $11/h, spent $1+, 1 not queried yet',
  ]);
});

test.each([
  [80, ['ID', 'PHASE', 'GPU', 'AGE', 'IDLE', 'DEADLINE', '$/H', 'SPENT']],
  [60, ['ID', 'PHASE', 'DEADLINE', '$/H', 'SPENT']],
  [30, ['ID', 'PHASE', '$/H']],
  [5, ['ID', 'PHASE', '$/H']],
])('a table in %i columns keeps the most important ones, with the price', (width, columns) => {
  const [heading] = topLines(snapshot(claim('render-42-of-ada'), silent), Infinity, width);
  expect(heading?.text.split(/ +/)).toEqual(columns);
});

test('the cost grows between the tasks of a workflow, and stops with the proof', () => {
  const [attempt] = claimInfo('a').attempts;
  if (attempt === undefined) throw new Error('there is one');
  expect(claim('a').spent).toEqual({ total: 1, complete: true });
  expect(claim('a', { attempts: [{ ...attempt, absentSince: at(-8 * MINUTE) }] }).spent?.total).toBe(0.5);
  expect(claim('a', { attempts: [{ ...attempt, absentSince: at(-4 * MINUTE) }] }).spent?.total).toBeCloseTo(0.6);
  expect(claim('a', { attempts: [{ ...attempt, podId: null }] }).spent?.total).toBe(0.5);
});

test('idle time counts from healthy or the last touch, and only while healthy', () => {
  expect(claim('a', { touchedAt: at(-MINUTE) }).idleMs).toBe(MINUTE);
  expect(claim('a', { touchedAt: at(-9 * MINUTE) }).idleMs).toBe(6 * MINUTE);
  expect(claim('a', { phase: 'booting', healthyAt: null }).idleMs).toBeNull();
  expect(owing.idleMs).toBeNull();
});

test('a GPU is shown as the spec names it, with its count', () => {
  const spec = { gpu: 'h100', gpuCount: 8 } as ClaimInfo['spec'];

  expect(claim('a', { spec }).gpu).toBe('8×h100');
  expect(claim('a', { pod: null }).gpu).toBeNull();
});

test('a claim with an open debt is first and highlighted, and the debt is described below', () => {
  const { claims, ...rest } = snapshot(claim('a'), owing);
  const lines = topLines(sorted({ ...rest, claims }, 'age'));

  expect(lines.map(({ hasDebt }) => hasDebt)).toEqual([false, true, false, false, true, true]);
  expect(lines[1]?.text).toMatch(/^owing {2}ending ! {2}- .* - +- +\$1$/);
  expect(lines[4]?.text).toBe('2 claims, $6/h, spent $2, 1 open debt');
  expect(lines[5]?.text).toBe(
    '! owing has an open debt: pk-prodabcd-owing-abcdef-* (xyz) since 2026-11-28 11:57:00Z (3m ago), alarm raised 2×',
  );
});

test.each([
  ['age', ['new', 'dear', 'old']],
  ['deadline', ['old', 'dear', 'new']],
  ['idle', ['old', 'dear', 'new']],
  ['price', ['dear', 'new', 'old']],
  ['spent', ['dear', 'old', 'new']],
] as const)('claims are sorted by %s', (sort, ids) => {
  const base = claim('old');
  const old = { ...base, claimedAt: at(-60 * MINUTE), idleMs: 9, hourlyPrice: 1, spent: { total: 2, complete: true } };
  const dear = {
    ...base,
    id: 'dear',
    claimedAt: at(-2),
    idleMs: 8,
    hourlyPrice: 9,
    spent: { total: 3, complete: true },
  };
  const latest = { name: 'lifetime', at: at(90 * MINUTE) };
  const fresh = { ...base, id: 'new', claimedAt: at(-1), idleMs: null, hourlyPrice: 2, deadline: latest, spent: null };
  const later = { ...dear, deadline: { name: 'idle', at: at(60 * MINUTE) } };

  expect(Object.keys(SORTS)).toContain(sort);
  expect(sorted(snapshot(fresh, later, old), sort).claims.map(({ id }) => id)).toEqual(ids);
});

test('a table that is longer than the screen is cut, and says so', () => {
  const many = snapshot(...Array.from({ length: 30 }, (_, index) => claim(`c${index}`)));
  const lines = texts(many, 10);

  expect(lines).toHaveLength(10 + linesAround(many));
  expect(lines[11]).toBe('… and 20 more');
  expect(lines.at(-1)).toBe('30 claims, $180/h, spent $30');
});

test('an empty table says so, and that no worker serves the deployment', () => {
  expect(texts({ ...snapshot(), hasWorker: false })).toEqual([
    'no open claims',
    '',
    '0 claims, $0/h, spent $0',
    'no worker serves deployment prod: the table shows what the claims last recorded',
  ]);
});
