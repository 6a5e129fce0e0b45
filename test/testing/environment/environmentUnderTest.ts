import { createTestPodkeeper } from '../../../src/testing/environment';
import type { TestPodkeeper, TestPodkeeperOptions } from '../../../src/testing/environment';
import { bundle } from '../../support/environment';
import { until } from '../../support/until';

/** A test Podkeeper from the sources, which have no bundle. */
export async function testPodkeeper(options: TestPodkeeperOptions = {}): Promise<TestPodkeeper> {
  return await createTestPodkeeper({ workflowBundle: bundle(), ...options });
}

/** A promise's rejection. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => new Error('it was expected to be rejected'),
    (error: unknown) => error,
  );
}

/** A gate at which a mock activity waits until the test opens it. */
export function gate(): { passed: () => Promise<void>; open: () => void; reached: () => Promise<void> } {
  let open = (): void => undefined;
  let waiting = 0;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    passed: async () => {
      waiting += 1;
      await opened;
    },
    open: () => open(),
    reached: async () => await until('the gate is reached', () => waiting > 0),
  };
}
