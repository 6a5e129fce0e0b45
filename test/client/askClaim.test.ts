import type { Client } from '@temporalio/client';
import { askClaim } from '../../src/client/askClaim';
import { ASKED_TOO_EARLY } from '../../src/workflows/definitions';

/** A client whose queries fail so, one after another, and then are answered. */
function clientThatFails(...failures: string[]): { client: Client; asked: string[] } {
  const asked: string[] = [];
  const left = [...failures];
  const query = async () => {
    const failure = left.shift();
    if (failure !== undefined) throw new Error(failure);
    return await Promise.resolve({ id: 'answered' });
  };
  const getHandle = (workflowId: string) => {
    asked.push(workflowId);
    return { query };
  };
  const withDeadline = async (_deadline: number, ask: () => Promise<unknown>) => await ask();
  return { client: { workflow: { getHandle }, withDeadline } as unknown as Client, asked };
}

test('a query that came too early is repeated', async () => {
  const { client, asked } = clientThatFails(`Query failed: ${ASKED_TOO_EARLY}`, ASKED_TOO_EARLY);

  expect(await askClaim(client, { workflowId: 'here/claim' }, 5_000)).toEqual({ id: 'answered' });
  expect(asked).toEqual(['here/claim', 'here/claim', 'here/claim']);
});

test('a query that always comes too early fails at the deadline', async () => {
  const { client } = clientThatFails(...Array.from({ length: 100 }, () => ASKED_TOO_EARLY));

  await expect(askClaim(client, { workflowId: 'here/claim' }, 300)).rejects.toThrow(ASKED_TOO_EARLY);
});

test('any other failure is thrown at once', async () => {
  const { client, asked } = clientThatFails('no poller');

  await expect(askClaim(client, { workflowId: 'here/claim' }, 5_000)).rejects.toThrow('no poller');
  expect(asked).toHaveLength(1);
});
