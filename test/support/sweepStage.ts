import { ApplicationFailure } from '@temporalio/activity';
import { ActivityFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityOptions } from '@temporalio/workflow';
import { Account } from '../../src/accounts';
import { createSweepActivities } from '../../src/activities';
import { DEFAULT_SETTINGS, SWEEP_ACCOUNT } from '../../src/model';
import type { Settings, SweepActivities, SweepInput, SweepResult } from '../../src/model';
import type { Provider } from '../../src/providers/contract';
import { createMockProvider } from '../../src/providers/mock';
import { ManualClock, SimulatedCloud } from '../../src/simulator';
import type { CallRecord, LedgerEntry, SimulatedCloudOptions, SimulatedPodRequest } from '../../src/simulator';
import { sweepAccount } from '../../src/workflows/sweepAccount';
import { PretendTemporal } from './pretendTemporal';

/** What the workflow of the sweep at hand is given, in the place of Temporal's sandbox. */
const mockSandbox: { activities?: SweepActivities; lastResult?: SweepResult } = {};

// The reaper's workflow is the shipped one; what it gets from Temporal is played here, and time is the manual clock's.
jest.mock('@temporalio/workflow', () => {
  const ignore = (): void => undefined;
  return {
    ...jest.requireActual<object>('@temporalio/workflow'),
    log: { error: ignore, warn: ignore, info: ignore, debug: ignore, trace: ignore },
    metricMeter: { createCounter: () => ({ add: ignore }) },
    workflowInfo: () => ({ workflowType: SWEEP_ACCOUNT, lastResult: mockSandbox.lastResult }),
    proxyActivities: ({ retry }: ActivityOptions) => {
      const call = async (name: keyof SweepActivities, input: never): Promise<unknown> => {
        const activity = mockSandbox.activities?.[name] as ((given: never) => Promise<unknown>) | undefined;
        if (activity === undefined) throw new Error('no sweep is under way');
        return await retried(() => activity(asPayload(input)), retry?.maximumAttempts ?? Infinity);
      };
      return {
        surveyPods: (input: never) => call('surveyPods', input),
        reapPods: (input: never) => call('reapPods', input),
      };
    },
  };
});

/** Of what a stage is made. */
export interface SweepStageOptions {
  /** Changes of the defaults. */
  settings?: Partial<Settings>;
  cloud?: Omit<SimulatedCloudOptions, 'clock'>;
  /** Puts something between the account and the simulated cloud. */
  provider?: (cloud: Provider) => Provider;
  /** A cloud that is there already, behind a provider's real wire. Its clock is the stage's. */
  backing?: { clock: DateClock; cloud: SimulatedCloud; provider: Provider };
  /** Instead of the pretended Temporal. */
  ownerOf?: PretendTemporal['ownerOf'];
}

export const IDENTITY = { deployment: 'prod', controlPlane: 'aaaa' };
export const ACCOUNT = 'mock';

/**
 * The reaper with no Temporal: its workflow and activities as shipped, over a simulated cloud, in manual time. Sweeps follow one another as the schedule
 * starts them: one an interval, each given the result of the last one that did not fail.
 */
export class SweepStage {
  readonly clock: DateClock;
  readonly temporal = new PretendTemporal(IDENTITY);
  readonly cloud: SimulatedCloud;
  readonly settings: Settings;
  /** Of all sweeps, in their order. */
  readonly results: SweepResult[] = [];
  /** What happens between a sweep's look and its ends. */
  beforeReap: () => void = () => undefined;
  private readonly activities: SweepActivities;

  constructor({ settings, cloud, backing, provider = (inner) => inner, ownerOf }: SweepStageOptions = {}) {
    this.settings = { ...DEFAULT_SETTINGS, listLagMs: cloud?.listLagMs ?? 0, ...settings };
    this.clock = backing?.clock ?? new DateClock();
    this.cloud = backing?.cloud ?? new SimulatedCloud({ ...cloud, clock: this.clock });
    const inner = backing?.provider ?? createMockProvider({ cloud: this.cloud });
    const account = new Account(ACCOUNT, provider(inner), { clock: this.clock, settings: this.settings });
    const own = createSweepActivities({
      identity: IDENTITY,
      accounts: new Map([[ACCOUNT, account]]),
      ownerOf: ownerOf ?? ((workflowId) => this.temporal.ownerOf(workflowId)),
      heldPods: () => this.temporal.heldPods(),
    });
    this.activities = {
      surveyPods: (input) => this.run(() => own.surveyPods(input)),
      reapPods: async (input) => {
        this.beforeReap();
        return await this.run(() => own.reapPods(input));
      },
    };
  }

  /** A pod of whatever name. Answers its id. */
  async pod(name: string, request: Partial<SimulatedPodRequest> = {}): Promise<string> {
    return (await this.cloud.create({ ...request, name })).id;
  }

  /** A claim that lives, and its pod. Answers the pod's id. @param notAfter ms since 1970 */
  async claim(claim: string, notAfter?: number): Promise<string> {
    return await this.pod(this.temporal.start(claim, notAfter));
  }

  /** One sweep, at this moment. */
  async sweep(changes: Partial<SweepInput> = {}): Promise<SweepResult> {
    mockSandbox.activities = this.activities;
    mockSandbox.lastResult = this.results.at(-1);
    const input = { deployment: IDENTITY.deployment, account: ACCOUNT, settings: this.settings, ...changes };
    const result = asPayload(await sweepAccount(asPayload(input)));
    if (input.dryRun !== true) this.results.push(result);
    return result;
  }

  /** Sweeps, one an interval, for so long, ms. The last one is at the end of it. */
  async sweepFor(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    await this.sweep();
    while (this.clock.now() < until) {
      await this.clock.advance(Math.min(this.settings.sweepIntervalMs, until - this.clock.now()));
      await this.sweep();
    }
  }

  /** Ids of pods that were told to end, in that order. */
  told(): string[] {
    return this.terminates().map(({ subject }) => subject ?? '');
  }

  terminates(): CallRecord[] {
    return this.cloud.calls().filter(({ operation }) => operation === 'terminate');
  }

  /** How many were told to end in each sweep that told any. */
  endsBySweep(): number[] {
    const counts = new Map<number, number>();
    for (const { at } of this.terminates()) counts.set(at, (counts.get(at) ?? 0) + 1);
    return [...counts.values()];
  }

  /** What bills, by id. */
  living(): string[] {
    return this.cloud.ledger.billing().map(({ podId }) => podId);
  }

  entry(podId: string): LedgerEntry {
    const entry = this.cloud.ledger.entry(podId);
    if (entry === undefined) throw new Error(`there was never a pod ${podId}`);
    return entry;
  }

  /** The kinds of all alarms that were raised, each once. */
  alarmsRaised(): string[] {
    const alarms = this.results.flatMap(({ memory }) => memory.alarms.filter(({ timesRaised }) => timesRaised > 0));
    return [...new Set(alarms.map(({ kind }) => kind))];
  }

  private async run<T>(activity: () => Promise<T>): Promise<T> {
    const logger = new DefaultLogger('ERROR', () => undefined);
    const environment = new MockActivityEnvironment({}, { logger });
    return asPayload(await environment.run<[], T, typeof activity>(activity));
  }
}

/** A manual clock, by which `Date` goes as well. */
export class DateClock extends ManualClock {
  constructor() {
    super();
    jest.useFakeTimers({ now: this.now(), doNotFake: NOT_FAKED });
  }

  override async advance(ms: number): Promise<void> {
    await super.advance(ms);
    jest.setSystemTime(this.now());
  }
}

/** All but `Date`. */
const NOT_FAKED: FakeableAPI[] = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
];

/** As it comes out of Temporal again. */
function asPayload<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** As Temporal retries, without the waits, and as it wraps the last failure. */
async function retried(activity: () => Promise<unknown>, attempts: number): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await activity();
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      if (attempt < attempts && error.nonRetryable !== true) continue;
      throw new ActivityFailure('activity failed', 'sweep', '1', 'MAXIMUM_ATTEMPTS_REACHED', undefined, error);
    }
  }
}
