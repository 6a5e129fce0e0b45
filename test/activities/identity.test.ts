import { lifeOf, controlPlaneOf } from '../../src/activities';
import { formatPodName, parsePodName } from '../../src/model';

/** Written down once: names that pods bear already must not change with a release. */
test.each([
  ['0197e0c2-5f3a-7c1e-8d4b-2a6f9e0b1c3d', 'alhguo'],
  ['0197e0c2-5f3a-7c1e-8d4b-2a6f9e0b1c3e', 'e2l55r'],
  ['6f1c0a52-9d3e-4b7a-8c21-5e0f7d9b3a46', '55j63j'],
])('the life of first run %s is %s', (firstRunId, life) => {
  expect(lifeOf(firstRunId)).toBe(life);
});

test.each([
  ['32049b68-7872-4094-8e63-d0dd59896a83', 'z4ri'],
  ['default', 'xiob'],
])('the control plane of namespace %s is %s', (namespaceId, controlPlane) => {
  expect(controlPlaneOf(namespaceId)).toBe(controlPlane);
});

/** Run ids of the same millisecond, which differ only in their tails. */
const RUNS = Array.from(
  { length: 2_000 },
  (_empty, index) => `0197e0c2-5f3a-7c1e-8d4b-${index.toString(16).padStart(12, '0')}`,
);

test('lives whose run ids share their heads are different', () => {
  const lives = new Set(RUNS.map((run) => lifeOf(run)));
  expect(lives.size).toBe(RUNS.length);
});

test('a life is 6 characters and a control plane 4, of an alphabet that names and parsing take', () => {
  for (const run of RUNS) {
    expect(lifeOf(run)).toMatch(/^[a-z2-7]{6}$/);
    expect(controlPlaneOf(run)).toMatch(/^[a-z2-7]{4}$/);
  }
  const name = {
    deployment: 'test',
    controlPlane: controlPlaneOf('a'),
    claim: 'render',
    life: lifeOf('b'),
    attempt: 1,
  };
  expect(parsePodName(formatPodName(name))).toEqual(name);
});

test('every character is about as likely as any other', () => {
  const counts = new Map<string, number>();
  for (const character of RUNS.map((run) => lifeOf(run)).join('')) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  // 12,000 characters of 32 kinds: 375 each, give or take six standard deviations.
  expect(counts.size).toBe(32);
  for (const count of counts.values()) expect(Math.abs(count - 375)).toBeLessThan(6 * Math.sqrt(375));
});
