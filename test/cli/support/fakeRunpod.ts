import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud, FakeCloudOptions } from '../../../src/testing/fakeCloud';
import { podkeeper } from './inProcess';
import type { Said } from './inProcess';

/** The fake RunPod's key. A command that prints it fails its test. */
export const RUNPOD_KEY = 'rpa_0key0of0the0command0line';

/** `podkeeper` with a fake RunPod. */
export interface FakeRunpod {
  readonly cloud: FakeCloud;
  /** Runs `podkeeper` with the key in its environment, and checks that it doesn't print it. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv, cwd?: string): Promise<Said>;
}

/** Starts a fake RunPod before a file's tests, resets it before each, and closes it after them. */
export function onFakeRunpod(options: FakeCloudOptions = {}): FakeRunpod {
  let cloud: FakeCloud | undefined;
  const running = (): FakeCloud => {
    if (cloud === undefined) throw new Error('the fake RunPod runs only while tests do');
    return cloud;
  };
  beforeAll(async () => {
    cloud = await startFakeCloud({ keys: [RUNPOD_KEY], ...options });
  });
  beforeEach(async () => running().reset());
  afterAll(async () => cloud?.close());
  return {
    get cloud() {
      return running();
    },
    async run(args, env = {}, cwd) {
      const said = await podkeeper(args, { ...running().environment, ...env }, cwd);
      expect(`${said.stdout}${said.stderr}`).not.toContain(RUNPOD_KEY);
      return said;
    },
  };
}
