import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { runStandalone } from '../../../src/cli/standaloneWorker';
import type { PodActivities } from '../../../src/model';
import { GPU_CATALOGUE } from '../../../src/model/gpus';
import type { GpuEntry } from '../../../src/model/gpus';
import { PodkeeperWorker } from '../../../src/worker';
import type { PodkeeperWorkerOptions } from '../../../src/worker';
import { answerOf, failureOf } from '../../activities/tries';
import { workersMade } from '../../support/workersMade';

// Providers are not created by name here; what they need is left out.
jest.mock('../../../src/providers/registry', () => ({}));
jest.mock('../../../src/cli/connection', () => ({
  connectTo: async (_target: unknown, _env: unknown, connect: () => Promise<unknown>) => await connect(),
}));

afterEach(() => jest.restoreAllMocks());

const ENTRIES: GpuEntry[] = [{ name: 'h300', memoryGiB: 200, ids: { runpod: 'NVIDIA H300' } }];

/** The activity by which such a worker admits a claim. Temporal isn't called. */
async function admissionOf(gpus: PodkeeperWorkerOptions['gpus']): Promise<PodActivities['admitClaim']> {
  const made = await workersMade({ workflowBundle: { codePath: 'none' }, gpus });
  const activities = made.get('podkeeper/test')?.activities as PodActivities;
  return activities.admitClaim;
}

const CLAIM = { deployment: 'test', claim: 'render', firstRunId: 'run-1', spec: { gpu: 'h300' } };

test.each([
  ['entries', ENTRIES],
  ['a catalogue', GPU_CATALOGUE.extend(ENTRIES)],
])('a worker with %s admits by them', async (_what, gpus) => {
  const admit = await admissionOf(gpus);
  expect(await answerOf(() => admit(CLAIM))).toMatchObject({ spec: { gpu: 'h300' } });
});

test('a worker without GPUs of its own knows Podkeeper’s', async () => {
  const admit = await admissionOf(undefined);
  expect(await failureOf(() => admit(CLAIM))).toMatchObject({ type: 'validation' });
  expect(await answerOf(() => admit({ ...CLAIM, spec: { gpu: 'h100' } }))).toMatchObject({
    offers: [{ account: 'main' }],
  });
});

test('a worker is not created with GPUs that clash', async () => {
  await expect(admissionOf([{ name: 'h100' }])).rejects.toMatchObject({ kind: 'validation' });
});

test('podkeeper worker passes on its configuration', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-gpus-'));
  try {
    writeFileSync(
      join(directory, 'podkeeper.yaml'),
      'deployment: test\ngpus:\n  h300: { memoryGiB: 200, ids: { runpod: NVIDIA H300 } }\n',
    );
    const close = jest.fn(() => Promise.resolve());
    jest.spyOn(NativeConnection, 'connect').mockResolvedValue({ close } as unknown as NativeConnection);
    jest.spyOn(Runtime, 'install').mockReturnValue({} as Runtime);
    const create = jest.spyOn(PodkeeperWorker, 'create').mockRejectedValue(new Error('far enough'));

    const env = {
      TEMPORAL_ADDRESS: 'localhost:1',
      TEMPORAL_CONFIG_FILE: join(directory, 'none.toml'),
      HOME: directory,
    };
    await expect(runStandalone({}, { env, cwd: directory })).rejects.toThrow('far enough');
    expect(create).toHaveBeenCalledWith(expect.objectContaining({ gpus: ENTRIES }));
    expect(close).toHaveBeenCalledTimes(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
