import type { Await } from './instrument';
import { compareReach } from './reasons';

const found = (id: string): Await => ({ id, file: 'src/a.ts', within: 'run', line: 7, text: 'call()' });
const awaits = [found('src/a.ts run 1'), found('src/a.ts run 2'), found('src/a.ts run 21'), found('src/b.ts go 1')];
const complaintsOf = (points: string[], reasons: Parameters<typeof compareReach>[2]) =>
  compareReach(awaits, new Set(points), reasons).complaints;

test('each await is reached, or has a reason', () => {
  const reach = compareReach(awaits, new Set(['src/a.ts run 1', 'src/a.ts run 2', 'src/a.ts run 21']), [
    { awaits: 'src/b.ts ', why: 'nobody goes' },
  ]);
  expect(reach).toMatchObject({ complaints: [], excluded: [{ await: { id: 'src/b.ts go 1' } }] });
  expect(reach.reached).toHaveLength(3);
});

test('an await that is neither is complained of, with its line; a reason for another is none', () => {
  expect(complaintsOf(['src/a.ts run 1', 'src/b.ts go 1'], [{ awaits: 'src/a.ts run 2', why: 'nobody runs' }])).toEqual(
    ['no scenario reaches src/a.ts run 21 (line 7: call()): add a scenario, or a reason'],
  );
});

test('a reason that has become wrong, or fits nothing any more, is complained of', () => {
  const all = awaits.map(({ id }) => id);
  expect(complaintsOf(all, [{ awaits: 'src/b.ts ', why: 'nobody goes' }])).toEqual([
    'a scenario reaches src/b.ts go 1, which has a reason why none does: remove the reason',
  ]);
  expect(complaintsOf(all, [{ awaits: 'src/b.ts ', why: 'seldom', byChance: true }])).toEqual([]);
  expect(complaintsOf(all, [{ awaits: 'src/c.ts ', why: 'gone' }])).toEqual([
    "there is no await 'src/c.ts ': remove its reason",
  ]);
});
