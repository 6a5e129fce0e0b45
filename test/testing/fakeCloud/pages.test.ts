import { create, namesOf, startCalled } from './caller';
import type { Called } from './caller';

async function five(called: Called): Promise<string[]> {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    ids.push(await create(called, { name }));
    await called.clock.advance(1_000);
  }
  return ids;
}

interface Page {
  pagination: { nextCursor: string | null; hasNextPage: boolean };
}

async function walk(called: Called, first: string): Promise<string[][]> {
  const pages: string[][] = [];
  let path = first;
  for (;;) {
    const page = await called.ask('GET', path);
    expect(page.status).toBe(200);
    pages.push(namesOf(page));
    const { nextCursor, hasNextPage } = (page.body as Page).pagination;
    expect(hasNextPage).toBe(nextCursor !== null);
    if (nextCursor === null) return pages;
    path = `${first}${first.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(nextCursor)}`;
  }
}

test('pages by the caller’s limit, and by the cloud’s own, hold every pod once', async () => {
  const called = await startCalled({ pageSize: 3 });
  await five(called);

  expect(await walk(called, '/pods?limit=2')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(await walk(called, '/pods')).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
  expect(await walk(called, '/pods?limit=5')).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
});

test('a pod that ends or comes between two pages makes no other one come twice or not at all', async () => {
  const called = await startCalled();
  const ids = await five(called);
  const first = await called.ask('GET', '/pods?limit=2');
  await called.ask('DELETE', `/pods/${ids[1]}`);
  await create(called, { name: 'f' });
  const { nextCursor } = (first.body as Page).pagination;

  expect(namesOf(await called.ask('GET', `/pods?limit=10&cursor=${nextCursor}`))).toEqual(['c', 'd', 'e', 'f']);
});

test.each(['0', '1001', '-1', 'x', '1.5'])('a limit of %s is 422', async (limit) => {
  const { ask } = await startCalled();

  expect(await ask('GET', `/pods?limit=${limit}`)).toMatchObject({ status: 422 });
});

test('a cursor that is none is 400; parameters that nobody knows are ignored', async () => {
  const called = await startCalled();
  await five(called);

  expect(await called.ask('GET', '/pods?cursor=abc')).toMatchObject({ status: 400 });
  expect(namesOf(await called.ask('GET', '/pods?name=a&status=RUNNING'))).toHaveLength(5);
});

test('an older build has no pages, and says nothing of them', async () => {
  const called = await startCalled({ pageSize: null });
  await five(called);
  const all = await called.ask('GET', '/pods?limit=2&cursor=abc');

  expect(namesOf(all)).toHaveLength(5);
  expect(all.body).not.toHaveProperty('pagination');
});
