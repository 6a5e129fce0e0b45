import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Podkeeper, registerSearchAttributes } from '../../client';
import {
  DEFAULT_SETTINGS,
  DURATION_FORM,
  PodkeeperError,
  formatDuration,
  messageOf,
  parseDuration,
  workflowQueue,
} from '../../model';
import type { PodActivities } from '../../model';
import { createMockProvider } from '../../providers/mock';
import { PodkeeperWorker } from '../../worker';
import { POD_LIFECYCLE } from '../../workflows/definitions';
import { checkOptions } from './checkOptions';
import { Interruption } from './interruption';
import { mockActivities } from './mockActivities';
import { OpenWorkReader } from './openWork';
import type { TestPodkeeper, TestPodkeeperOptions } from './options';
import { endOpenWorkflows } from './reset';
import { startTimeSkipping } from './timeSkippingEnvironment';
import { VirtualCloud } from './virtualCloud';
import { VirtualTime } from './virtualTime';
import { VirtualTimeClient } from './virtualTimeClient';

const DEPLOYMENT = 'test';
const STANDSTILL_MS = 10_000;
/** Only for test pods. */
const TOKEN_SECRET = 'a-secret-for-tests-and-for-nothing-else';

/**
 * Starts a complete Podkeeper for an application's tests: Temporal's time-skipping server, a worker with Podkeeper's workflows, and the mock provider. All
 * are stopped by {@link TestPodkeeper.close}, or with this process. Virtual time is shared, so use one environment per test file and run its tests one after
 * another.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the option; `not_found` if there is no time-skipping server and none can be installed.
 */
export async function createTestPodkeeper(options: TestPodkeeperOptions = {}): Promise<TestPodkeeper> {
  const { deployment = DEPLOYMENT, tokenSecret = TOKEN_SECRET, standstillMs = STANDSTILL_MS } = options;
  checkOptions(options);
  const env = await startTimeSkipping();
  try {
    await registerSearchAttributes(env.connection, env.namespace ?? 'default');
    const reader = new OpenWorkReader(env.connection, env.namespace ?? 'default');
    const time = new VirtualTime(timeServer(env, reader), standstillMs);
    const interruption = new Interruption();
    await time.refresh();
    const cloud = new VirtualCloud(options.cloud ?? {}, time);
    const provider = createMockProvider({ cloud });
    const client = new VirtualTimeClient({ connection: env.connection, namespace: env.namespace }, time);
    Object.assign(env, { client });
    const worker = await PodkeeperWorker.create({
      connection: env.nativeConnection,
      namespace: env.namespace,
      deployment,
      accounts: options.accounts ?? { mock: provider },
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      secrets: (name) => options.secrets?.[name],
      tokenSecret,
      clock: time,
      workflowBundle: options.workflowBundle,
      // The time-skipping server has no schedules.
      reaper: false,
      // It can't list workflows, and injected faults must not stop the start.
      guards: 'off',
      replaceActivities: (own) => interruption.guard(replaced(own, options.activities)),
    });
    const podkeeper = new Podkeeper({ client, deployment, tokenSecret, time });
    const here = new RunningTestPodkeeper({ podkeeper, cloud, provider, env, time, reader, worker, interruption });
    await warmUp(here);
    return here;
  } catch (error) {
    await env.teardown();
    throw error;
  }
}

/** Runs a first workflow, which takes half a second longer, before any test waits for one. Its id isn't a claim's, so it is refused at once. */
async function warmUp({ env, podkeeper }: TestPodkeeper): Promise<void> {
  const taskQueue = workflowQueue(podkeeper.deployment);
  const refused = await env.client.workflow.start(POD_LIFECYCLE, {
    taskQueue,
    workflowId: 'warm-up',
    args: [{ spec: {} }],
  });
  await refused.result().catch(() => undefined);
}

function replaced(own: PodActivities, given: Partial<PodActivities> | undefined): PodActivities {
  if (given === undefined) return own;
  const { admitClaim = own.admitClaim, ...calls } = given;
  return { admitClaim, ...mockActivities(calls) };
}

function timeServer(
  env: TestWorkflowEnvironment,
  reader: OpenWorkReader,
): ConstructorParameters<typeof VirtualTime>[0] {
  return {
    currentTimeMs: () => env.currentTimeMs(),
    skip: async (ms, signal) => await env.connection.withAbortSignal(signal, async () => await env.sleep(ms)),
    unlock: async () => void (await env.connection.testService?.unlockTimeSkipping({})),
    openWork: (now) => reader.read(now),
  };
}

type Parts = Pick<TestPodkeeper, 'podkeeper' | 'cloud' | 'provider' | 'env'> & {
  time: VirtualTime;
  reader: OpenWorkReader;
  worker: PodkeeperWorker;
  interruption: Interruption;
};

class RunningTestPodkeeper implements TestPodkeeper {
  readonly podkeeper: TestPodkeeper['podkeeper'];
  readonly cloud: TestPodkeeper['cloud'];
  readonly provider: TestPodkeeper['provider'];
  readonly env: TestPodkeeper['env'];
  readonly #parts: Parts;
  readonly #running: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.podkeeper = parts.podkeeper;
    this.cloud = parts.cloud;
    this.provider = parts.provider;
    this.env = parts.env;
    // So that a test can destructure it: const { skip, podkeeper } = here().
    this.now = this.now.bind(this);
    this.skip = this.skip.bind(this);
    this.reset = this.reset.bind(this);
    this.close = this.close.bind(this);
    this.#running = parts.worker.run();
    this.#running.catch((error: unknown) => this.stopTime(`its worker failed: ${messageOf(error)}`, error));
  }

  async now(): Promise<Date> {
    await this.#parts.time.refresh();
    return new Date(this.#parts.time.now());
  }

  async skip(duration: string | number): Promise<void> {
    const ms = parseDuration(duration);
    if (ms === undefined) throw new PodkeeperError('validation', `skip: '${duration}' must be ${DURATION_FORM}`);
    const { time } = this.#parts;
    await time.wait(`skip('${formatDuration(ms)}')`, async (sleep) => {
      await sleep(ms);
      await time.settle();
    });
  }

  async reset(): Promise<void> {
    const { interruption } = this.#parts;
    this.cloud.clearFaults();
    interruption.interrupt();
    await endOpenWorkflows(this.#parts);
    interruption.interrupt();
    this.provider.reset();
  }

  async close(): Promise<void> {
    this.#closing ??= this.tearDown();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async tearDown(): Promise<void> {
    await this.stopTime('it is closed');
    const { worker, interruption } = this.#parts;
    worker.shutdown();
    interruption.interruptFromNowOn();
    try {
      await this.#running;
    } finally {
      await this.env.teardown();
    }
  }

  private async stopTime(why: string, cause?: unknown): Promise<void> {
    await this.#parts.time.end(new PodkeeperError('transport', `the test Podkeeper has stopped: ${why}`, { cause }));
  }
}
