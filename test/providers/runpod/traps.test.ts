import { isLiving } from '../../../src/model';
import { createRunpodProvider } from '../../../src/providers/runpod';
import type { PausableProvider } from '../../../src/providers/contract';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud } from '../../../src/testing/fakeCloud';
import { ManualClock } from '../../../src/simulator';
import { context, problem, refusalOf, request, wirePod, withStandIn } from './standIn';

/*
 * Problems that other users of RunPod reported, each with its source. Those that need a whole claim are in lifecycle.test.ts; those that can't be tested
 * are in docs/providers/runpod.md.
 */

const clock = new ManualClock();
let cloud: FakeCloud;
let provider: PausableProvider;

beforeAll(async () => {
  cloud = await startFakeCloud({ clock, runtimeAfterMs: 5_000, simulator: { runningAfterMs: 1_000 } });
});
beforeEach(async () => {
  await cloud.reset();
  provider = createRunpodProvider({ environment: { ...cloud.environment } });
});
afterEach(async () => provider.close?.());
afterAll(async () => cloud.close());

test('a create that was answered by 500, and runs and bills all the same, is not taken for refused (transformerlab-app#2305)', async () => {
  cloud.wire.inject({ on: 'create', fault: { kind: 'status', status: 500, executed: true } });
  const { name } = request();
  const error = await refusalOf(provider.spawn(request(), context()));

  expect(error.refused).toBe(false);
  expect(cloud.cloud.ledger.billing()).toHaveLength(1);
  expect(await provider.list({ name }, context())).toHaveLength(1);
});

test('an ambiguous create is not sent again by the adapter (artokun/comfyui-mcp#251, #276)', async () => {
  const kinds = ['reset_before_answer', 'reset_in_answer', 'malformed_json', 'truncated_json'] as const;
  for (const [index, kind] of kinds.entries()) {
    cloud.wire.inject({ on: 'create', fault: { kind, executed: true } });
    await refusalOf(provider.spawn(request({ name: `pk-testaaaa-render-bbbbbb-${index + 1}` }), context()));

    expect(cloud.cloud.ledger.entries()).toHaveLength(index + 1);
  }
});

test('address and ports come only with the runtime, and until then the pod is not running (dstackai/dstack#1145, #1141)', async () => {
  const ports = [{ port: 22, protocol: 'tcp' as const }];
  const { id } = await provider.spawn(request({ ports }), context());
  await clock.advance(2_000);
  expect(cloud.cloud.pod(id)?.state).toBe('running');
  expect(await provider.get(id, context())).toMatchObject({ status: 'provisioning', endpoints: [] });

  await clock.advance(5_000);
  expect(await provider.get(id, context())).toMatchObject({ status: 'running', endpoints: [{ port: 22 }] });
});

test('an image that can not be pulled is RUNNING for ever without a word from its host: never running here (dstackai/dstack#2729, #1142)', async () => {
  await withStandIn([{ json: wirePod({ runtime: null }) }], async ({ provider: asked }) => {
    expect(await asked.get('abc123', context())).toMatchObject({
      status: 'provisioning',
      statusDetail: 'RUNNING, no report from its host yet',
    });
  });
});

test('a resumed pod finds no free GPU on its host: no_capacity (runpod-python#239)', async () => {
  const detail = 'There are not enough free GPUs on the host machine to start this pod.';
  await withStandIn([problem(400, detail)], async ({ provider: asked }) => {
    expect((await refusalOf(asked.start('abc123', context()))).kind).toBe('no_capacity');
  });
});

test('a pod resumed with no GPU at all says that it has none (RunPod docs, zero GPU pods)', async () => {
  const gpu = { id: 'NVIDIA H100 80GB HBM3', count: 0 };
  await withStandIn([{ json: wirePod({ gpu }) }], async ({ provider: asked }) => {
    expect((await asked.get('abc123', context())).gpuCount).toBe(0);
  });
});

test('a restart that is answered by 200 restarts nothing: there is none here (runpod-python#450)', () => {
  expect('restart' in provider).toBe(false);
});

test('spot pods go without notice, and RunPod takes them out: unsupported (skypilot#5371, #3382, #4447, runpodctl#156)', async () => {
  expect(provider.capabilities.has('spot')).toBe(false);
  expect(await refusalOf(provider.spawn(request({ spot: true }), context()))).toMatchObject({
    kind: 'unsupported',
    refused: true,
  });
  expect(cloud.requests()).toEqual([]);
});

test('a pod that is EXITED still costs its disk: it lives, and is listed (field report)', async () => {
  const { id, name } = await provider.spawn(request(), context());
  await clock.advance(10_000);
  await provider.stop(id, context());
  const [listed] = await provider.list({ name }, context());

  expect(listed).toMatchObject({ id, status: 'stopped' });
  expect(listed !== undefined && isLiving(listed)).toBe(true);
  expect(cloud.cloud.ledger.billing()).toMatchObject([{ podId: id, why: 'disk' }]);
});

test('no balance: the create is refused as quota, surely (RunPod docs)', async () => {
  cloud.cloud.inject({ kind: 'refused', on: 'create', code: 'quota' });

  expect(await refusalOf(provider.spawn(request(), context()))).toMatchObject({ kind: 'quota', refused: true });
});

test('objectMounts is answered by 400: refused here, before any call (runpod-plugins-official#56, #46)', async () => {
  const providerOptions = { objectMounts: [{ path: '/data' }] };

  expect(await refusalOf(provider.spawn(request({ providerOptions }), context()))).toMatchObject({
    kind: 'validation',
    message: expect.stringMatching(/^providerOptions.objectMounts: /),
  });
  expect(cloud.requests()).toEqual([]);
});

test('a member of a cluster can not be ended as a pod: that is an error, and no end (field report)', async () => {
  await withStandIn([problem(409, 'Pod belongs to a cluster')], async ({ provider: asked }) => {
    expect((await refusalOf(asked.terminate('abc123', context()))).kind).toBe('conflict');
  });
});

test('a 404 right after the create, or a delete answered by 404, is no proof: the list still has the pod (peters/horizon#372)', async () => {
  const { id, name } = await provider.spawn(request(), context());
  cloud.cloud.inject({ kind: 'not_found_then_back', on: 'get' }, { kind: 'not_found_then_back', on: 'terminate' });
  expect((await refusalOf(provider.get(id, context()))).kind).toBe('not_found');
  await provider.terminate(id, context());

  expect(await provider.list({ name }, context())).toMatchObject([{ id }]);
  expect((await provider.get(id, context())).id).toBe(id);
});
