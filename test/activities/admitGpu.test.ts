import { Account } from '../../src/accounts';
import { createPodActivities } from '../../src/activities';
import { DEFAULT_SETTINGS } from '../../src/model';
import { GPU_CATALOGUE } from '../../src/model/gpus';
import type { GpuCatalogue } from '../../src/model/gpus';
import { ScriptedProvider } from '../support/scriptedProvider';
import { IDENTITY } from './fixtures';
import { answerOf, failureOf } from './tries';

/** A worker whose one account is of a provider by this name. */
function admit(provider: string, spec: unknown, gpus?: GpuCatalogue) {
  const activities = createPodActivities({
    identity: IDENTITY,
    accounts: new Map([['main', new Account('main', new ScriptedProvider({ name: provider }))]]),
    settings: DEFAULT_SETTINGS,
    secrets: () => undefined,
    isOwnerGone: () => Promise.resolve(false),
    gpus,
  });
  return () => activities.admitClaim({ deployment: 'test', claim: 'render', firstRunId: 'run-1', spec });
}

const OWN_ID = "write gpu: { id: '…' } to pass a provider's own name as it is";

test.each([
  ['runpod', { gpu: 'h100' }],
  ['runpod', { gpu: 'rtx_a6000', gpuCount: 7 }],
  ['lambda', { gpu: 'a100_80g', gpuCount: 8 }],
  ['vast', { gpu: 'rtx_6000' }],
  ['mock', { gpu: 'mi300x', gpuCount: 3 }],
  ['my-cloud', { gpu: 'h100' }],
  ['lambda', { gpu: { id: 'gpu_3x_new' }, gpuCount: 3 }],
  ['runpod', { gpu: { id: 'NVIDIA X9' } }],
  ['fly', {}],
])('%s admits %j, and leaves the name to the provider', async (provider, spec) => {
  const { spec: admitted } = await answerOf(admit(provider, spec));
  expect(admitted.gpu).toEqual('gpu' in spec ? spec.gpu : null);
});

test.each([
  [
    'runpod',
    { gpu: 'h10' },
    'validation',
    'gpu',
    `gpu: no GPU is called 'h10': take one of docs/gpus.md, or ${OWN_ID}`,
  ],
  [
    'mock',
    { gpu: 'hopper' },
    'validation',
    'gpu',
    `gpu: no GPU is called 'hopper': take one of docs/gpus.md, or ${OWN_ID}`,
  ],
  [
    'lambda',
    { gpu: 'l40s' },
    'unsupported',
    'gpu',
    `gpu: lambda has no l40s; runpod and vast have it. Take another provider or another gpu (docs/gpus.md), or ${OWN_ID}`,
  ],
  [
    'lambda',
    { gpu: 'h100', gpuCount: 3 },
    'unsupported',
    'gpuCount',
    'gpuCount: lambda rents h100 as whole machines of 1, 2, 4 or 8, not of 3: ask for 1, 2, 4 or 8, or take another provider',
  ],
])('%s refuses %j as %s, for good', async (provider, spec, type, path, message) => {
  const failure = await failureOf(admit(provider, spec));

  expect(failure).toMatchObject({ type, message, nonRetryable: true });
  expect(failure.details).toEqual([[{ path, message: message.slice(path.length + 2) }]]);
});

test('the worker’s own catalogue decides', async () => {
  const gpus = GPU_CATALOGUE.extend([
    { name: 'h300', memoryGiB: 200, ids: { runpod: 'NVIDIA H300' } },
    { name: 'l4', ids: { 'my-cloud': 'small' } },
  ]);

  expect(await answerOf(admit('runpod', { gpu: 'h300' }, gpus))).toMatchObject({ spec: { gpu: 'h300' } });
  expect(await failureOf(admit('runpod', { gpu: 'h300' }))).toMatchObject({ type: 'validation' });
  expect(await answerOf(admit('my-cloud', { gpu: 'l4' }, gpus))).toMatchObject({ spec: { gpu: 'l4' } });
  expect(await failureOf(admit('my-cloud', { gpu: 'h100' }, gpus))).toMatchObject({ type: 'unsupported' });
});
