import { formatPodName, judgeName, judgeOwner, parsePodName } from '../../src/model';
import type { Owner, PodName } from '../../src/model';

const IDENTITY = { deployment: 'prod', controlPlane: 'aaaa' };
const NAME: PodName = { ...IDENTITY, claim: 'render', life: 'bbbbbb', attempt: 1 };
const NOW = Date.parse('2030-01-01T12:00:00Z');
const SLACK = 15 * 60_000;

function byName(changes: Partial<PodName>): string | undefined {
  return judgeName(parsePodName(formatPodName({ ...NAME, ...changes })), IDENTITY)?.verdict;
}

describe('by the name alone', () => {
  test('a pod of ours is nobody’s to judge before its owner was asked', () => {
    expect(byName({})).toBeUndefined();
  });

  test.each([
    ['of another deployment', { deployment: 'proda' }, 'foreign'],
    ['of another deployment on another control plane', { deployment: 'dev', controlPlane: 'cccc' }, 'foreign'],
    ['of our deployment on another control plane', { controlPlane: 'aaab' }, 'other_control_plane'],
  ] as const)('%s', (_what, changes, verdict) => {
    expect(byName(changes)).toBe(verdict);
  });

  test('no name of Podkeeper', () => {
    expect(judgeName(parsePodName('my-notebook'), IDENTITY)?.verdict).toBe('foreign');
  });
});

describe('by the owner', () => {
  const open = (changes: Partial<Extract<Owner, { state: 'open' }>> = {}): Owner => ({
    state: 'open',
    life: 'bbbbbb',
    notAfter: null,
    ...changes,
  });
  const before = (ms: number) => new Date(NOW - ms).toISOString();

  test.each<[string, Owner, string]>([
    ['open, with its end ahead', open({ notAfter: before(-1) }), 'alive'],
    ['open, without a known end', open(), 'alive'],
    ['open, its end passed within the slack', open({ notAfter: before(SLACK) }), 'alive'],
    ['open, its end passed longer ago', open({ notAfter: before(SLACK + 1) }), 'overdue'],
    ['open in another life', open({ life: 'cccccc' }), 'orphan'],
    ['open in another life, which is over', open({ life: 'cccccc', notAfter: before(2 * SLACK) }), 'orphan'],
    ['open, in a life that Temporal does not state', open({ life: null, notAfter: before(2 * SLACK) }), 'unknown'],
    ['closed', { state: 'closed', life: 'bbbbbb', status: 'TERMINATED' }, 'orphan'],
    ['closed in another life', { state: 'closed', life: 'cccccc', status: 'COMPLETED' }, 'orphan'],
    ['closed, in a life that Temporal does not state', { state: 'closed', life: null, status: 'FAILED' }, 'orphan'],
    ['not there', { state: 'not_found' }, 'owner_not_found'],
    ['not to be asked', { state: 'unanswered', message: 'no connection' }, 'unknown'],
  ])('%s', (_what, owner, verdict) => {
    expect(judgeOwner(NAME, owner, { now: NOW, overdueSlackMs: SLACK }).verdict).toBe(verdict);
  });

  test('the evidence says what was seen', () => {
    const closed: Owner = { state: 'closed', life: 'bbbbbb', status: 'TERMINATED' };
    expect(judgeOwner(NAME, closed, { now: NOW, overdueSlackMs: SLACK }).evidence).toContain('TERMINATED');
  });
});
