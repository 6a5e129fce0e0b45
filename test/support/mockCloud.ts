import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { DEFAULT_SETTINGS, POLL_AGAIN, emptyPodSpec, endLagOf, isEndTarget, isOfLife } from '../../src/model';
import type {
  Admission,
  AdmitInput,
  CreateOutcome,
  EndInput,
  EndOutcome,
  ErrorKind,
  Gone,
  PollInput,
  Pod,
  PodActivities,
  PodSpec,
  Settings,
  Siblings,
} from '../../src/model';

export const ACCOUNT = 'mock';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const SPEC: PodSpec = { ...emptyPodSpec(), owner: 'ada', provider: 'mock', image: 'x' };

/** What a test changes of an admission. */
export interface AdmissionChanges {
  spec?: Partial<PodSpec>;
  settings?: Partial<Settings>;
}

/** What each activity was called with, every try counted. */
export type CallLog = { [Name in keyof PodActivities]: Parameters<PodActivities[Name]>[0][] };

/** A cloud in memory behind mock activities: what is created lives until it is ended, and a look sees what lives. */
export interface MockCloud {
  activities: PodActivities;
  living: Pod[];
  calls: CallLog;
}

/**
 * Makes a cloud in which a pod is created at once, healthy at once, watched for ever, and ends at the first try.
 *
 * @param replace what a test wants otherwise; it may fall back on the calm activities that it is given.
 */
export function mockCloud(
  changes: AdmissionChanges = {},
  replace: (calm: PodActivities, cloud: MockCloud) => Partial<PodActivities> = () => ({}),
): MockCloud {
  const living: Pod[] = [];
  const calls: CallLog = {
    admitClaim: [],
    createPod: [],
    locatePod: [],
    locateLife: [],
    observePod: [],
    explainBoot: [],
    watchPod: [],
    endPods: [],
  };
  const calm = calmActivities(living, changes);
  const cloud: MockCloud = { activities: calm, living, calls };
  cloud.activities = logged({ ...calm, ...replace(calm, cloud) }, calls);
  return cloud;
}

function logged(activities: PodActivities, calls: CallLog): PodActivities {
  const log = <Input, Output>(log: Input[], call: (input: Input) => Promise<Output>) => {
    return async (input: Input): Promise<Output> => {
      log.push(input);
      return await call(input);
    };
  };
  return {
    admitClaim: log(calls.admitClaim, activities.admitClaim),
    createPod: log(calls.createPod, activities.createPod),
    locatePod: log(calls.locatePod, activities.locatePod),
    locateLife: log(calls.locateLife, activities.locateLife),
    observePod: log(calls.observePod, activities.observePod),
    explainBoot: log(calls.explainBoot, activities.explainBoot),
    watchPod: log(calls.watchPod, activities.watchPod),
    endPods: log(calls.endPods, activities.endPods),
  };
}

function calmActivities(living: Pod[], changes: AdmissionChanges): PodActivities {
  return {
    admitClaim: async (input) => await settle(admissionOf(input, changes)),
    createPod: async ({ name }) => {
      const pod = podOf(name);
      living.push(pod);
      return await settle({ outcome: 'created', pod, adopted: false });
    },
    locatePod: async ({ name }) => {
      const pod = living.find((candidate) => candidate.name === name);
      return await settle(
        pod === undefined ? { outcome: 'absent', message: 'not in the list' } : { outcome: 'found', pod },
      );
    },
    locateLife: async ({ prefix, offers, knownIds }) => {
      const ours = living.filter(({ id, name }) => isOfLife(name, prefix) && !knownIds.includes(id));
      const fits = offers.map(({ number }) => number);
      return await settle(
        ours.length === 0
          ? { outcome: 'absent', message: 'not in the list' }
          : { outcome: 'found', pods: ours.map((pod) => ({ pod, fits })) },
      );
    },
    observePod: async (input) => {
      const pod = living.find(({ id }) => id === input.podId);
      return await settle(siblingsIn(living, input) ?? (pod === undefined ? LOST : { outcome: 'healthy', pod }));
    },
    explainBoot: async () => await settle({ finding: null, lines: [] }),
    watchPod: async (input) => {
      const siblings = siblingsIn(living, input);
      if (siblings !== undefined) return await settle(siblings);
      if (!living.some(({ id }) => id === input.podId)) return await settle(LOST);
      throw pollAgain('still running', input.settings.healthyPollMs);
    },
    endPods: async ({ target }) => {
      const isTarget = (pod: Pod) => isEndTarget(target, pod);
      const known = target.kind === 'pod' ? [target] : target.pods;
      const found = living.filter((pod) => isTarget(pod) && known.every(({ id }) => id !== pod.id));
      const left = living.filter((pod) => !isTarget(pod));
      living.splice(0, living.length, ...left);
      const seen = found.map(({ id, name, hourlyPrice }) => ({ id, name, hourlyPrice: hourlyPrice ?? undefined }));
      const ended = [...known.map(({ id, name }) => ({ id, name })), ...seen];
      return await settle({ outcome: 'proven', evidence: 'seen no more', ended });
    },
  };
}

const LOST: Gone = { outcome: 'gone', reason: 'lost', message: 'missing from 2 complete lists in a row' };

function siblingsIn(living: Pod[], { podId, prefix, terminatingIds }: PollInput): Siblings | undefined {
  const pods = living.filter(({ id, name }) => name.startsWith(prefix) && id !== podId && !terminatingIds.includes(id));
  if (pods.length === 0) return undefined;
  return { outcome: 'siblings', pods: pods.map(({ id, name, hourlyPrice }) => ({ id, name, hourlyPrice })) };
}

async function settle<T>(value: T): Promise<T> {
  return await Promise.resolve(value);
}

/** When the server handed out the running try, by the server's clock: a test's own clock doesn't skip. */
export function triedAt(): Date {
  return new Date(Context.current().info.currentAttemptScheduledTimestampMs);
}

/**
 * Polls that never fall on the same moment as a deadline: a call that is cancelled while a try of it runs stops the
 * time-skipping server's clock from skipping for good.
 */
const OFF_BEAT: Partial<Settings> = { bootPollMs: 7_001, healthyPollMs: 601_003 };

export function admissionOf(
  { deployment, claim }: Pick<AdmitInput, 'deployment' | 'claim'>,
  changes: AdmissionChanges = {},
): Admission {
  const settings = { ...DEFAULT_SETTINGS, ...OFF_BEAT, ...changes.settings };
  const lags = { listLagMs: settings.listLagMs, endLagMs: endLagOf(settings) };
  return {
    spec: { ...SPEC, ...changes.spec },
    specDigest: 'digest',
    offers: [{ number: 0, provider: 'mock', account: ACCOUNT, changes: {}, ...lags }],
    name: { deployment, controlPlane: 'aaaa', claim, life: 'bbbbbb' },
    settings,
  };
}

export function podOf(name: string, changes: Partial<Pod> = {}): Pod {
  return {
    id: `id-of-${name}`,
    name,
    provider: 'mock',
    status: 'running',
    statusDetail: null,
    endpoints: [{ port: 8000, protocol: 'http', host: '127.0.0.1', externalPort: 8000, url: 'http://127.0.0.1:8000' }],
    gpu: null,
    gpuCount: 0,
    image: 'x',
    hourlyPrice: 2,
    region: null,
    createdAt: null,
    exitCode: null,
    ...changes,
  };
}

/** A sure refusal of a create. */
export function refused(kind: ErrorKind, retryAfterMs: number | null = null): CreateOutcome {
  return { outcome: 'refused', kind, message: `the provider says ${kind}`, retryAfterMs };
}

/** The poll that has nothing to tell yet, as the real activities throw it. */
export function pollAgain(message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: POLL_AGAIN,
    message,
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** The answer of an end whose deletes were accepted, and that is called again for the proof. */
export function accepted({ target, absence }: EndInput): EndOutcome {
  const known = target.kind === 'pod' ? [target] : target.pods;
  return { outcome: 'accepted', accepted: known.map(({ id }) => id), ended: [], absence };
}

/** A failure as an activity throws it for an error kind: Temporal tries again. */
export function failureOf(kind: ErrorKind): ApplicationFailure {
  return ApplicationFailure.create({ type: kind, message: `the provider says ${kind}` });
}

/** A failure after which Temporal gives the call up. */
export function finalFailureOf(kind: ErrorKind): ApplicationFailure {
  return ApplicationFailure.create({ type: kind, message: `given up as ${kind}`, nonRetryable: true });
}

/** An activity that behaves otherwise at each call; the last way stays. */
export function inTurn<Input, Output>(
  ...ways: ((input: Input) => Output | Promise<Output>)[]
): (input: Input) => Promise<Output> {
  let count = 0;
  return async (input) => {
    const way = ways[Math.min(count, ways.length - 1)];
    count += 1;
    if (way === undefined) throw new TypeError('inTurn needs a way to behave');
    return await way(input);
  };
}

/** A way for {@link inTurn}, or a whole activity: always fails. */
export function failing(failure: () => Error): () => Promise<never> {
  return async () => await Promise.reject(failure());
}

/** An end that is refused until so long after its first try, by the server's clock; then it goes as `then` does. */
export function failingFor(
  durationMs: number,
  then: PodActivities['endPods'],
  failure: () => Error = () => failureOf('provider'),
): PodActivities['endPods'] {
  let firstTry: number | undefined;
  return async (input: EndInput) => {
    firstTry ??= triedAt().getTime();
    if (triedAt().getTime() < firstTry + durationMs) throw failure();
    return await then(input);
  };
}

/** What a mock activity waits at until the test opens it. */
export interface Gate {
  passed: Promise<void>;
  open: () => void;
}

const gates: Gate[] = [];

export function gate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  gates.push({ passed, open });
  return { passed, open };
}

export function openAllGates(): void {
  for (const { open } of gates.splice(0)) open();
}
