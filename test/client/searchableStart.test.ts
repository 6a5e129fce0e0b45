import { Client, Connection, ServiceError } from '@temporalio/client';
import { Podkeeper, registerSearchAttributes } from '../../src/client';
import { startSearchable } from '../../src/client/searchableStart';
import { SEARCH_ATTRIBUTES } from '../../src/model';
import { parsePodSpec } from '../../src/schema';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import type { PodLifecycleInput } from '../../src/workflows/definitions';
import { uniqueName } from '../support/environment';
import { until } from '../support/until';

let server: DevServer;
let client: Client;
beforeAll(async () => {
  // Not the run's: here nobody has registered anything.
  server = await startDevServer();
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
});
afterAll(async () => {
  await client.connection.close();
  await server.kill();
});

function podkeeper(warnings?: string[]): Podkeeper {
  return new Podkeeper({ client, deployment: 'attrs', onWarning: warnings && ((text) => void warnings.push(text)) });
}

/** How a claim was really started; no worker is there to go on with it. */
async function started(workflowId: string) {
  const handle = client.workflow.getHandle(workflowId);
  const [first] = (await handle.fetchHistory()).events ?? [];
  const payload = first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as PodLifecycleInput;
  const { typedSearchAttributes, staticSummary } = await handle.describe();
  const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  return { input, attributes, summary: await staticSummary() };
}

describe('without registered attributes', () => {
  test('a claim is started without them and says so in its input', async () => {
    const pod = await podkeeper([]).spawn({ id: uniqueName('claim'), owner: 'ada' });
    expect(await started(pod.workflowId)).toEqual({
      input: { spec: { id: pod.id, owner: 'ada' }, searchAttributes: false, encoding: 'json/plain' },
      attributes: {},
      summary: 'Pod without a GPU for ada',
    });
  });

  test('the application is warned once, with the remedy', async () => {
    const warnings: string[] = [];
    const here = podkeeper(warnings);
    await here.spawn({ id: uniqueName('claim') });
    await here.spawn({ id: uniqueName('claim') });
    expect(warnings).toEqual([expect.stringContaining("'podkeeper setup' registers them")]);
  });

  test('Node emits the warning once in a process when there is no listener', async () => {
    const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      await podkeeper().spawn({ id: uniqueName('claim') });
      await podkeeper().spawn({ id: uniqueName('claim') });
      expect(emitted.mock.calls).toEqual([[expect.stringContaining('podkeeper setup'), { type: 'PodkeeperWarning' }]]);
    } finally {
      emitted.mockRestore();
    }
  });

  test('the same id is still the same claim', async () => {
    const spec = { id: uniqueName('claim') };
    const here = podkeeper([]);
    await here.spawn(spec);
    expect((await here.spawn(spec)).id).toBe(spec.id);
  });
});

describe('with registered attributes', () => {
  beforeAll(async () => {
    await registerSearchAttributes(client.connection, 'default');
  });

  test('a claim has all of them from its start and says so in its input', async () => {
    const warnings: string[] = [];
    const spec = { id: uniqueName('claim'), owner: 'ada', provider: 'runpod', image: 'org/x', gpu: 'h100' };
    const pod = await podkeeper(warnings).spawn(spec);
    const { input, attributes } = await started(pod.workflowId);
    expect(input).toEqual({ spec, searchAttributes: true, encoding: 'json/plain' });
    expect(Object.keys(attributes).toSorted()).toEqual(
      Object.values(SEARCH_ATTRIBUTES)
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(attributes).toMatchObject({ PodkeeperPhase: 'pending', PodkeeperOwner: 'ada', PodkeeperGpu: 'h100' });
    expect(warnings).toEqual([]);
  });

  test('an application that opts out gets none', async () => {
    const here = new Podkeeper({ client, deployment: 'attrs', searchAttributes: false });
    const pod = await here.spawn({ id: uniqueName('claim') });
    expect(await started(pod.workflowId)).toMatchObject({
      input: { searchAttributes: false, encoding: 'json/plain' },
      attributes: {},
    });
  });

  test('lists can be filtered by them', async () => {
    const owner = uniqueName('owner');
    const pod = await podkeeper([]).spawn({ id: uniqueName('claim'), owner });
    await podkeeper([]).spawn({ id: uniqueName('claim'), owner: uniqueName('owner') });
    const query = `${SEARCH_ATTRIBUTES.owner.name} = '${owner}' AND ${SEARCH_ATTRIBUTES.phase.name} = 'pending'`;
    const found: string[] = [];
    await until('the list shows it', async () => {
      for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
      return found.length > 0;
    });
    expect(found).toEqual([pod.workflowId]);
  });
});

test('any other error of a start is thrown unchanged', async () => {
  const warnings: string[] = [];
  const elsewhere = new Client({ connection: client.connection, namespace: 'nowhere' });
  const broken = new Podkeeper({
    client: elsewhere,
    deployment: 'attrs',
    onWarning: (text) => void warnings.push(text),
  });
  await expect(broken.spawn({})).rejects.toThrow(/nowhere/);

  const invalid = new ServiceError('no', { cause: Object.assign(new Error('too long'), { code: 3 }) });
  const { spec } = parsePodSpec({});
  await expect(startSearchable(spec, () => Promise.reject(invalid))).rejects.toBe(invalid);
  expect(warnings).toEqual([]);
});
