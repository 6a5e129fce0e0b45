import { setImmediate as turn } from 'node:timers/promises';
import { ClaimBoard } from '../../../src/cli/top/claimBoard';
import type { ClaimSource } from '../../../src/cli/top/claimBoard';
import type { ClaimSummary, PodInfo } from '../../../src/client';
import { PodkeeperError } from '../../../src/model';
import { claimInfo, summary } from './claims';

/** A deployment that counts its queries. */
class FakeDeployment {
  readonly asked: string[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  summaries: ClaimSummary[];
  answer = (id: string): Partial<PodInfo> => ({ isOpen: true, claim: claimInfo(id) });

  constructor(count: number) {
    this.summaries = Array.from({ length: count }, (_, index) => summary(`c${index}`));
  }

  board(hasWorker = true): ClaimBoard {
    return new ClaimBoard(this.source(), async () => hasWorker);
  }

  private source(): ClaimSource {
    const list = async function* (this: FakeDeployment) {
      yield* this.summaries;
    };
    const get = (id: string) => ({ info: () => this.info(id) });
    // A board only uses a handle's `info`.
    return { deployment: 'prod', list: list.bind(this), get: get as unknown as ClaimSource['get'] };
  }

  private async info(id: string): Promise<Partial<PodInfo>> {
    this.asked.push(id);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await turn();
    this.atOnce -= 1;
    return this.answer(id);
  }
}

const ALL = { claims: 10_000, asked: Infinity, withinMs: Infinity };

test('each claim is queried, at most 8 at once', async () => {
  const here = new FakeDeployment(50);
  const { claims, totals } = await here.board().refresh(ALL);

  expect(new Set(here.asked).size).toBe(50);
  expect(here.mostAtOnce).toBe(8);
  expect(claims.every(({ phase }) => phase === 'healthy')).toBe(true);
  expect(totals).toMatchObject({ claims: 50, hourlyPrice: 300, unanswered: 0 });
});

test('a refresh queries a limited number of claims, all of them in turn', async () => {
  const here = new FakeDeployment(1_000);
  const board = here.board();
  const limits = { ...ALL, asked: 40 };
  const first = await board.refresh(limits);
  expect(here.asked).toHaveLength(40);
  expect(first.totals).toMatchObject({ claims: 1_000, unanswered: 960 });
  for (let round = 1; round < 25; round += 1) await board.refresh(limits);

  expect(new Set(here.asked).size).toBe(1_000);
  expect((await board.refresh(limits)).totals).toMatchObject({ unanswered: 0 });
  expect(here.asked).toHaveLength(26 * 40);
});

test('no claim is queried after the time limit', async () => {
  const here = new FakeDeployment(100);
  await here.board().refresh({ ...ALL, withinMs: -1 });

  expect(here.asked).toEqual([]);
});

test('without a worker no claim is queried, and the table shows what Temporal lists', async () => {
  const here = new FakeDeployment(3);
  const snapshot = await here.board(false).refresh(ALL);

  expect(here.asked).toEqual([]);
  expect(snapshot).toMatchObject({ hasWorker: false, totals: { claims: 3, unanswered: 3 } });
  expect(snapshot.claims[0]).toMatchObject({
    id: 'c0',
    phase: 'booting',
    account: 'main',
    deadline: { name: 'lifetime' },
  });
});

test('a worker that was just killed does not delay the refresh', async () => {
  const here = new FakeDeployment(200);
  here.answer = () => ({ isOpen: true, claim: null });
  const { totals } = await here.board().refresh(ALL);

  expect(here.asked.length).toBeLessThanOrEqual(2 * 8);
  expect(totals.unanswered).toBe(200);
});

test('a claim’s last answer stays until it answers again', async () => {
  const here = new FakeDeployment(1);
  const board = here.board();
  await board.refresh(ALL);
  here.answer = () => ({ isOpen: true, claim: null });

  expect((await board.refresh(ALL)).claims[0]).toMatchObject({ phase: 'healthy', owner: 'ada' });
});

test('a reused id is another claim; an ended claim is left out', async () => {
  const here = new FakeDeployment(2);
  const board = here.board();
  await board.refresh(ALL);
  here.summaries = [summary('c0', { claimedAt: '2026-11-28T12:00:01.000Z' }), summary('c1')];
  here.answer = (id) => ({ isOpen: id !== 'c1', claim: null });

  const { claims } = await board.refresh(ALL);
  expect(claims).toMatchObject([{ id: 'c0', phase: 'booting' }]);
  expect(claims).toHaveLength(1);
});

test('a claim without history is left out; any other failure is thrown', async () => {
  const here = new FakeDeployment(1);
  here.answer = () => {
    throw new PodkeeperError('not_found', 'no claim');
  };
  expect((await here.board().refresh(ALL)).claims).toEqual([]);
  here.answer = () => {
    throw new PodkeeperError('transport', 'Temporal: gone');
  };
  await expect(here.board().refresh(ALL)).rejects.toMatchObject({ kind: 'transport' });
});

test('only the newest claims are read, and only those that the filter takes are shown', async () => {
  const here = new FakeDeployment(30);
  const { claims, totals } = await here.board().refresh({ ...ALL, claims: 10 }, ({ id }) => id !== 'c3');

  expect(claims).toHaveLength(9);
  expect(totals.claims).toBe(9);
});
