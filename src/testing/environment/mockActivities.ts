import { ApplicationFailure } from '@temporalio/activity';
import { POLL_AGAIN, isEndTarget, isOfLife, isPodkeeperError, messageOf } from '../../model';
import type { CreateInput, CreateOutcome, EndTarget, Gone, PollInput, Pod, PodActivities, Siblings } from '../../model';

/** The activities that call a provider. The admission of a claim doesn't. */
export type CallActivities = Omit<PodActivities, 'admitClaim'>;

/** A mock pod's price, USD per hour. */
const HOURLY_PRICE = 1;

/**
 * Activities without a cloud: pods are healthy at once and run until they are ended.
 *
 * @param replaced activities that replace these. The others see the pod that `createPod` returns as running. Errors are retried at the phase's interval, like
 *   a provider's. For a create, a `PodkeeperError` with `refused` is a refusal; any other error leaves the outcome unknown.
 */
export function mockActivities(replaced: Partial<CallActivities>): CallActivities {
  const living = new Map<string, Pod>();
  const calm = healthyActivities(living);
  const use = { ...calm, ...replaced };
  return {
    createPod: async (input) => {
      const outcome = await create(use.createPod, input);
      if (outcome.outcome !== 'refused') living.set(outcome.pod.id, outcome.pod);
      return outcome;
    },
    locatePod: async (input) => await retried(() => use.locatePod(input), input.settings.bootPollMs),
    locateLife: async (input) => await retried(() => use.locateLife(input), input.settings.bootPollMs),
    observePod: async (input) => await retried(() => use.observePod(input), input.settings.bootPollMs),
    explainBoot: use.explainBoot,
    watchPod: async (input) => await retried(() => use.watchPod(input), input.settings.healthyPollMs),
    endPods: async (input) => {
      const outcome = await retried(() => use.endPods(input), input.settings.endBackoffMs);
      if (outcome.outcome === 'proven') for (const pod of targeted(living, input.target)) living.delete(pod.id);
      return outcome;
    },
  };
}

async function create(createPod: CallActivities['createPod'], input: CreateInput): Promise<CreateOutcome> {
  try {
    return await createPod(input);
  } catch (error) {
    if (isPodkeeperError(error) && error.refused) {
      const { kind, message, retryAfterMs = null } = error;
      return { outcome: 'refused', kind, message, retryAfterMs };
    }
    if (error instanceof ApplicationFailure) throw error;
    throw ApplicationFailure.create({ type: 'outcome_unknown', message: messageOf(error), nonRetryable: true });
  }
}

async function retried<T>(call: () => Promise<T>, delayMs: number): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const type = isPodkeeperError(error) ? error.kind : 'unknown';
    throw ApplicationFailure.create({ type, message: messageOf(error), nextRetryDelay: delayMs });
  }
}

function healthyActivities(living: Map<string, Pod>): CallActivities {
  return {
    createPod: async ({ name, spec }) => await answer({ outcome: 'created', pod: podOf(name, spec), adopted: false }),
    locatePod: async ({ name }) => {
      const pod = [...living.values()].find((candidate) => candidate.name === name);
      return await answer(
        pod === undefined ? { outcome: 'absent', message: 'never created' } : { outcome: 'found', pod },
      );
    },
    locateLife: async ({ prefix, offers, knownIds }) => {
      const ours = [...living.values()].filter(({ id, name }) => isOfLife(name, prefix) && !knownIds.includes(id));
      const fits = offers.map(({ number }) => number);
      return await answer(
        ours.length === 0
          ? { outcome: 'absent', message: 'never created' }
          : { outcome: 'found', pods: ours.map((pod) => ({ pod, fits })) },
      );
    },
    observePod: async (input) => {
      const pod = living.get(input.podId);
      return await answer(siblingsOf(living, input) ?? (pod === undefined ? lost(input) : { outcome: 'healthy', pod }));
    },
    explainBoot: async () => await answer({ finding: null, lines: [] }),
    watchPod: async (input) => {
      if (living.has(input.podId) && siblingsOf(living, input) === undefined) {
        throw ApplicationFailure.create({
          type: POLL_AGAIN,
          message: 'still running',
          nextRetryDelay: input.settings.healthyPollMs,
          category: 'BENIGN',
        });
      }
      return await answer(siblingsOf(living, input) ?? lost(input));
    },
    endPods: async ({ target }) => {
      const ended = new Map([...knownOf(target), ...targeted(living, target)].map((pod) => [pod.id, pod]));
      return await answer({
        outcome: 'proven',
        evidence: 'ended by a mock activity',
        ended: [...ended.values()].map(({ id, name }) => ({ id, name })),
      });
    },
  };
}

async function answer<T>(value: T): Promise<T> {
  return await Promise.resolve(value);
}

function podOf(name: string, { image, gpu, gpuCount, ports, maxHourlyPrice }: CreateInput['spec']): Pod {
  return {
    id: `mock-${name}`,
    name,
    provider: 'mock',
    status: 'running',
    statusDetail: null,
    endpoints: ports.map(({ port, protocol }) => {
      const host = `${name}-${port}.mock.invalid`;
      return { port, protocol, host, externalPort: port, url: `${protocol}://${host}:${port}` };
    }),
    gpu: typeof gpu === 'object' ? (gpu?.id ?? null) : gpu,
    gpuCount: gpu === null ? 0 : gpuCount,
    image,
    hourlyPrice: Math.min(HOURLY_PRICE, maxHourlyPrice ?? HOURLY_PRICE),
    region: null,
    createdAt: null,
    exitCode: null,
  };
}

function lost({ podId }: PollInput): Gone {
  return { outcome: 'gone', reason: 'lost', message: `no mock activity created pod ${podId}, or it was ended` };
}

function siblingsOf(living: Map<string, Pod>, { prefix, podId, terminatingIds }: PollInput): Siblings | undefined {
  const pods = [...living.values()]
    .filter(({ id, name }) => name.startsWith(prefix) && id !== podId && !terminatingIds.includes(id))
    .map(({ id, name, hourlyPrice }) => ({ id, name, hourlyPrice }));
  return pods.length === 0 ? undefined : { outcome: 'siblings', pods };
}

function knownOf(target: EndTarget): { id: string; name: string }[] {
  return target.kind === 'pod' ? [target] : target.pods;
}

function targeted(living: Map<string, Pod>, target: EndTarget): Pod[] {
  return [...living.values()].filter((pod) => isEndTarget(target, pod));
}
