import { ApplicationFailure } from '@temporalio/activity';
import { POLL_AGAIN, isEndTarget, isLiving, isPodkeeperError } from '../../../src/model';
import type { EndOutcome, EndTarget, PollInput, Pod, PodActivities } from '../../../src/model';
import type { Provider } from '../../../src/providers/contract';
import type { Breakage } from './slot';

/** What is taken out, and which rule has to notice. */
export interface KnownBreakage {
  name: string;
  breakage: Breakage;
  rule: string;
}

const LIMIT_MS = 30_000;
const LONG_AGO = new Date(0).toISOString();

/** Each the bug of some launcher. */
export const BREAKAGES: readonly KnownBreakage[] = [
  {
    name: 'an accepted delete is taken for the end',
    rule: 'I1',
    breakage: {
      activities: (_own, provider) => ({
        endPods: async ({ target }) => await endOnce(provider, target, (pod) => isEndTarget(target, pod)),
      }),
    },
  },
  {
    name: 'an end takes all that looks like ours',
    rule: 'I2',
    breakage: {
      activities: (_own, provider) => ({
        endPods: async ({ target }) => await endOnce(provider, target, ({ name }) => name.startsWith('pk-')),
      }),
    },
  },
  {
    name: 'an unknown create is not looked up',
    rule: 'I3',
    breakage: {
      activities: () => ({
        locatePod: async () => await Promise.resolve({ outcome: 'absent', message: 'not looked for' }),
      }),
    },
  },
  {
    name: 'a create that failed is taken for refused',
    rule: 'I1',
    breakage: {
      activities: (own) => ({
        createPod: async (input) =>
          await own.createPod(input).catch(() => {
            return { outcome: 'refused', kind: 'no_capacity', message: 'it failed', retryAfterMs: null };
          }),
      }),
    },
  },
  {
    name: 'siblings are left alone',
    rule: 'I3',
    breakage: {
      activities: ({ observePod, watchPod }) => ({
        observePod: async (input) => withoutSiblings(await observePod(input), input),
        watchPod: async (input) => withoutSiblings(await watchPod(input), input),
      }),
    },
  },
  {
    name: 'one list without the pod is a loss',
    rule: 'I2',
    breakage: {
      activities: (own, provider) => ({
        watchPod: async (input) => {
          const pods = await provider.list({}, { signal: AbortSignal.timeout(LIMIT_MS) });
          if (pods.some(({ id }) => id === input.podId)) return await own.watchPod(input);
          return { outcome: 'gone', reason: 'lost', message: 'it is not in the list' };
        },
      }),
    },
  },
  {
    name: 'absence counts before the list lag is over',
    rule: 'I1',
    breakage: {
      activities: (own) => ({
        endPods: async (input) =>
          await own.endPods({
            ...input,
            absenceCountsFrom: LONG_AGO,
            settings: { ...input.settings, listLagMs: 0, endLagMs: 0 },
          }),
      }),
    },
  },
  {
    name: 'a create without an answer is sent again',
    rule: 'name',
    breakage: {
      provider: (own) => ({
        spawn: async (request, context) =>
          await own.spawn(request, context).catch(async (error: unknown) => {
            if (isPodkeeperError(error) && error.refused) throw error;
            return await own.spawn(request, context);
          }),
      }),
    },
  },
  {
    name: 'a list that fails is an empty one',
    rule: 'I2',
    breakage: {
      provider: (own) => ({
        list: async (filter, context) => await own.list(filter, context).catch(() => []),
      }),
    },
  },
];

/** Tells pods to end, once, and believes the answer. */
async function endOnce(
  provider: Provider,
  target: EndTarget,
  isMeant: (pod: Pod) => boolean,
): Promise<Extract<EndOutcome, { outcome: 'proven' }>> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const found = (await provider.list({}, { signal })).filter((pod) => isLiving(pod) && isMeant(pod));
  for (const { id } of found) await provider.terminate(id, { signal });
  const known = target.kind === 'pod' ? [target] : target.pods;
  return {
    outcome: 'proven',
    evidence: 'the delete was accepted',
    ended: [...known, ...found.filter((pod) => isEndTarget(target, pod))].map(({ id, name }) => ({ id, name })),
  };
}

function withoutSiblings<Seen extends { outcome: string }>(seen: Seen, { settings }: PollInput): Seen {
  if (seen.outcome !== 'siblings') return seen;
  const message = 'siblings are left alone';
  throw ApplicationFailure.create({ type: POLL_AGAIN, message, nextRetryDelay: settings.healthyPollMs });
}

/** Podkeeper as it is: whatever is noticed in its company isn't the stage's own doing. */
export const UNBROKEN: Breakage = { activities: (own: PodActivities) => own };
