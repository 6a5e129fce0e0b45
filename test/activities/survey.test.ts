import { lifeOf } from '../../src/activities/identity';
import { surveyPods } from '../../src/activities/survey';
import type { SweepDependencies } from '../../src/activities/survey';
import { MAX_ROWS, MAX_TRACKED, PodkeeperError, formatPodName } from '../../src/model';
import type { OwnerFacts, Survey, SurveyInput } from '../../src/model';
import type { Account } from '../../src/accounts';
import { FOREIGN_NAMES, IDENTITY, cloud, settingsOf } from './fixtures';
import { answerOf, failureOf } from './tries';

const RUN = 'run-1';
const NOW = '2030-01-01T00:00:00.000Z';

function nameOf(claim: string, changes: { firstRunId?: string; controlPlane?: string } = {}): string {
  const { firstRunId = RUN, controlPlane = IDENTITY.controlPlane } = changes;
  return formatPodName({ ...IDENTITY, controlPlane, claim, life: lifeOf(firstRunId), attempt: 1 });
}

const ALIVE: OwnerFacts = { state: 'open', firstRunId: RUN, notAfter: null };

/** A Temporal in which these claims are so; all others are not there. */
function owners(facts: Record<string, OwnerFacts>, held: string[] = []): SweepDependencies & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    identity: IDENTITY,
    ownerOf: async (workflowId) => {
      asked.push(workflowId);
      return await Promise.resolve(facts[workflowId.replace('test/', '')] ?? { state: 'not_found' });
    },
    heldPods: async () => await Promise.resolve(held),
  };
}

function survey(account: Account, dependencies: SweepDependencies, changes: Partial<SurveyInput> = {}) {
  const input: SurveyInput = {
    account: 'main',
    now: NOW,
    tracked: [],
    rows: 'suspects',
    settings: settingsOf(),
    ...changes,
  };
  return () => surveyPods(account, input, dependencies);
}

async function surveyed(...call: Parameters<typeof survey>): Promise<Survey> {
  const answer = await answerOf(survey(...call));
  if (answer.outcome !== 'surveyed') throw new Error(`void: ${answer.message}`);
  return answer.survey;
}

test('judges each pod by its name and its owner', async () => {
  const { provider, account } = cloud();
  const pods = {
    living: provider.create(nameOf('living')),
    late: provider.create(nameOf('late')),
    closed: provider.create(nameOf('closed')),
    reborn: provider.create(nameOf('reborn')),
    lost: provider.create(nameOf('lost')),
    silent: provider.create(nameOf('silent')),
    elsewhere: provider.create(nameOf('elsewhere', { controlPlane: 'zzzz' })),
    notebook: provider.create('my-notebook'),
  };
  const { counts, rows, hourlyPrice, otherControlPlane } = await surveyed(
    account,
    owners({
      living: ALIVE,
      late: { state: 'open', firstRunId: RUN, notAfter: '2029-12-31T00:00:00.000Z' },
      closed: { state: 'closed', firstRunId: RUN, status: 'TERMINATED' },
      reborn: { state: 'open', firstRunId: 'run-2', notAfter: null },
      silent: { state: 'unanswered', message: 'no connection' },
    }),
    { rows: 'all' },
  );
  const verdicts = Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict]));
  expect(verdicts).toEqual({
    [pods.living.id]: 'alive',
    [pods.late.id]: 'overdue',
    [pods.closed.id]: 'orphan',
    [pods.reborn.id]: 'orphan',
    [pods.lost.id]: 'owner_not_found',
    [pods.silent.id]: 'unknown',
    [pods.elsewhere.id]: 'other_control_plane',
    [pods.notebook.id]: 'foreign',
  });
  expect(counts).toEqual({
    alive: 1,
    overdue: 1,
    orphan: 2,
    owner_not_found: 1,
    unknown: 1,
    other_control_plane: 1,
    foreign: 1,
  });
  // Of ours: six at 1.5 each.
  expect(hourlyPrice).toBe(9);
  expect(otherControlPlane).toEqual([pods.elsewhere.name]);
});

test('asks after no owner of a name that isn’t ours, and of several pods of one claim once', async () => {
  const { provider, account } = cloud();
  for (const name of FOREIGN_NAMES.filter((name) => !name.startsWith('pk-testaaaa-'))) provider.create(name);
  provider.create(nameOf('render'));
  provider.create(nameOf('render', { firstRunId: 'run-0' }));
  const temporal = owners({ render: ALIVE });
  const { counts } = await surveyed(account, temporal);
  expect(temporal.asked).toEqual(['test/render']);
  expect(counts).toMatchObject({ alive: 1, orphan: 1 });
});

test('lists the cloud before it asks after any owner', async () => {
  const { provider, account } = cloud();
  provider.create(nameOf('render'));
  const order: string[] = [];
  provider.meet('list', () => void order.push('list'));
  const temporal = owners({ render: ALIVE });
  const ownerOf = async (workflowId: string) => {
    order.push('owner');
    return await temporal.ownerOf(workflowId);
  };
  await surveyed(account, { ...temporal, ownerOf });
  expect(order).toEqual(['list', 'owner']);
});

test('leaves out what has ended', async () => {
  const { provider, account } = cloud();
  provider.create(nameOf('render')).status = 'terminated';
  expect((await surveyed(account, owners({}))).counts.owner_not_found).toBe(0);
});

test('answers suspects, and those that were followed before whatever they are now', async () => {
  const { provider, account } = cloud();
  const living = provider.create(nameOf('living'));
  const followed = provider.create(nameOf('followed'));
  const lost = provider.create(nameOf('lost'));
  const { rows } = await surveyed(account, owners({ living: ALIVE, followed: ALIVE }), { tracked: [followed.id] });
  expect(rows.map(({ id }) => id)).toEqual([followed.id, lost.id]);
  expect(rows.map(({ id }) => id)).not.toContain(living.id);
});

test.each([
  ['suspects', MAX_TRACKED],
  ['all', MAX_ROWS],
] as const)('answers a bounded number of rows (%s), and counts them all', async (rows, limit) => {
  const { provider, account } = cloud();
  for (let n = 0; n < MAX_ROWS + 5; n += 1) provider.create(nameOf(`p${n}`));
  const answer = await surveyed(account, owners({}), { rows });
  expect(answer.rows).toHaveLength(limit);
  expect(answer.counts.owner_not_found).toBe(MAX_ROWS + 5);
});

describe('is void', () => {
  test.each(['unauthorized', 'forbidden'] as const)('at once when the key is %s', async (kind) => {
    const { provider, account } = cloud();
    provider.always('list', () => {
      throw new PodkeeperError(kind, 'the key is refused');
    });
    expect(await answerOf(survey(account, owners({})))).toEqual({
      outcome: 'void',
      kind,
      message: 'the key is refused',
    });
  });

  test('when the list shows none of the pods that living claims hold', async () => {
    const { provider, account } = cloud();
    provider.create('my-notebook');
    const answer = await answerOf(survey(account, owners({}, [nameOf('render')])));
    expect(answer).toMatchObject({ outcome: 'void', message: expect.stringContaining(nameOf('render')) as string });
  });

  test('not when it shows one of them', async () => {
    const { provider, account } = cloud();
    provider.create(nameOf('render'));
    // Its owner could not be asked: so it isn't alive, and still it is seen.
    const temporal = owners({ render: { state: 'unanswered', message: 'no connection' } }, [
      nameOf('render'),
      nameOf('other'),
    ]);
    expect((await surveyed(account, temporal)).counts.unknown).toBe(1);
  });
});

test('a list that fails fails the try, for Temporal to make another', async () => {
  const { provider, account } = cloud();
  provider.meet('list', () => {
    throw new PodkeeperError('provider', 'page 2 failed');
  });
  expect(await failureOf(survey(account, owners({})))).toMatchObject({ type: 'provider', message: 'page 2 failed' });
});
