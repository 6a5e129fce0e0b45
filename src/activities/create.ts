import { ApplicationFailure, Context, sleep } from '@temporalio/activity';
import {
  PodkeeperError,
  consequenceOf,
  isLiving,
  isOfLife,
  isPodkeeperError,
  messageOf,
  parsePodName,
  requestFieldsOf,
} from '../model';
import type { CreateInput, CreateOutcome, LifeName, Pod } from '../model';
import type { Account } from '../accounts';
import { redact } from '../http';
import { podVariables } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import type { PodRequest } from '../providers/contract';
import { mismatchOf } from './matching';
import { kindOf, lineOf, providerCall, textOf } from './providerCall';
import type { ProviderCall } from './providerCall';
import { resolveEnvironment, secretValuesOf } from './secrets';
import type { SecretSource } from './secrets';
import { SendFence } from './sendFence';

/** The dependencies of a create, beside its account. */
export interface CreateDependencies {
  /** Identifies the worker's pods. Nothing is created under another deployment's name. */
  identity: Pick<LifeName, 'deployment' | 'controlPlane'>;
  /** Resolves the secret references of a spec's `env`. */
  secrets: SecretSource;
  /** The secrets from which pods' tokens and signing keys are derived. Default: no pod is created for a claim with `auth`. */
  tokenSecrets?: TokenSecrets;
  /** Tells whether the claim's chain of runs is closed or unknown to Temporal; `false` when Temporal can't say. */
  isOwnerGone: (owner: CreateInput['owner']) => Promise<boolean>;
}

/**
 * Adopts the pod that has the name, or else sends one create request, within the send window or never. Returns only certain outcomes; after
 * any other end of this call, the name has to be looked up.
 */
export async function createPod(
  account: Account,
  handedOut: CreateInput,
  dependencies: CreateDependencies,
): Promise<CreateOutcome> {
  const input = { ...handedOut, lookFirst: handedOut.lookFirst || isOfEarlierRun(handedOut) };
  return await providerCall(input.settings, account.clock, async (call) => {
    const deadline = AbortSignal.timeout(
      input.settings.createTimeoutMs + (input.lookFirst ? input.settings.sendWindowMs + input.settings.listLagMs : 0),
    );
    const fence = new SendFence(input.settings.sendWindowMs);
    let request: PodRequest;
    let existing: Pod | undefined;
    try {
      refuseForeignName(input.name, dependencies.identity);
      request = requestOf(input, dependencies);
      existing = await findExisting(account, input, call, fence);
    } catch (error) {
      return refusedBeforeSending(error);
    }
    if (existing !== undefined) {
      const mismatch = mismatchOf(input.spec, existing);
      if (mismatch !== undefined) return { outcome: 'mismatched', pod: existing, message: mismatch };
      return { outcome: 'created', pod: existing, adopted: true };
    }
    const hidden = secretValuesOf(input.spec.env, request.env);
    const outcome = await send(account, { request, hidden }, call, fence, deadline);
    if (outcome.outcome === 'created') await endIfOwnerGone(account, input, outcome.pod, dependencies);
    return outcome;
  });
}

/** A reset schedules the activities in flight again, with the same input. Only the run id distinguishes such a create from a new one. */
function isOfEarlierRun({ runId }: CreateInput): boolean {
  return runId !== undefined && runId !== Context.current().info.workflowExecution?.runId;
}

function refuseForeignName(name: string, identity: CreateDependencies['identity']): void {
  const parsed = parsePodName(name);
  if (parsed?.deployment === identity.deployment && parsed.controlPlane === identity.controlPlane) return;
  throw new PodkeeperError(
    'validation',
    `this worker creates pods of deployment ${identity.deployment} on control plane ${identity.controlPlane} only, not ${name}: the claim was started for another deployment or namespace`,
  );
}

function requestOf(input: CreateInput, { secrets, tokenSecrets }: CreateDependencies): PodRequest {
  const { spec, name, notAfter, tokenVersion } = input;
  const guard = podVariables({ name, auth: spec.auth, tokenVersion }, tokenSecrets);
  return {
    ...requestFieldsOf(spec),
    name,
    env: { ...resolveEnvironment(spec.env, secrets), ...guard },
    notAfter,
  };
}

/**
 * Finds a living pod with the name. After a reset it finds any pod of this life that fits the spec, and it looks until a request of the
 * earlier run must have shown up. A pod under another number that doesn't fit is left to the polls, which report it as a sibling.
 */
async function findExisting(
  account: Account,
  input: CreateInput,
  call: ProviderCall,
  fence: SendFence,
): Promise<Pod | undefined> {
  const until = input.lookFirst ? account.clock.now() + input.settings.sendWindowMs + input.settings.listLagMs : 0;
  const prefix = input.name.slice(0, input.name.lastIndexOf('-') + 1);
  for (;;) {
    const { pods, begunAt } = await account.listBegunAfterNow(call.cancellation, 'create');
    const named = pods.filter(({ name }) => name === input.name);
    // Not a pod that is being ended: it would be gone in a moment.
    const mayBeHeld = (pod: Pod) => isLiving(pod) && !input.terminatingIds.includes(pod.id);
    const living = named.find(mayBeHeld);
    if (living !== undefined) return living;
    if (named.length > 0) {
      throw new PodkeeperError(
        'conflict',
        `a pod named ${input.name} has ended or is being ended, and no name is used twice`,
      );
    }
    if (!input.lookFirst) return undefined;
    const ofThisLife = pods.find(
      (pod) => mayBeHeld(pod) && isOfLife(pod.name, prefix) && mismatchOf(input.spec, pod) === undefined,
    );
    if (ofThisLife !== undefined || begunAt >= until) return ofThisLife;
    fence.renew();
    await sleep(Math.min(input.settings.bootPollMs, input.settings.sendWindowMs / 2, until - begunAt));
    fence.renew();
  }
}

function refusedBeforeSending(error: unknown): CreateOutcome {
  const kind = kindOf(error);
  // A list that failed temporarily is no reason against the next create. A failure that a person has to fix is one.
  const isTransient = kind !== 'rate_limited' && consequenceOf('read', kind) === 'retry';
  return {
    outcome: 'refused',
    kind: isTransient ? 'transport' : kind,
    // An error of the limiter says itself that nothing was sent.
    message: isPodkeeperError(error) && error.refused ? textOf(error) : `nothing was sent: ${textOf(error)}`,
    retryAfterMs: isPodkeeperError(error) ? (error.retryAfterMs ?? null) : null,
  };
}

async function send(
  account: Account,
  { request, hidden }: { request: PodRequest; hidden: string[] },
  call: ProviderCall,
  fence: SendFence,
  deadline: AbortSignal,
): Promise<CreateOutcome> {
  try {
    const beforeSend = () => {
      fence.check();
      if (call.isCancelled)
        throw new PodkeeperError('transport', 'not sent: the create was cancelled', { refused: true });
    };
    // Once the request is sent, its answer is worth waiting for: only the deadline aborts it, no cancellation.
    const pod = await account.spawn(request, { signal: deadline, beforeSend });
    return { outcome: 'created', pod, adopted: false };
  } catch (error) {
    // Clouds echo a request's environment in their errors. Redacted before the text is cut, so that no half of a secret is left.
    const message = lineOf(redact(messageOf(error), hidden));
    if (isPodkeeperError(error) && error.refused) {
      return { outcome: 'refused', kind: error.kind, message, retryAfterMs: error.retryAfterMs ?? null };
    }
    throw ApplicationFailure.create({ type: 'outcome_unknown', message, nonRetryable: true });
  } finally {
    account.invalidate();
  }
}

/** A workflow that was terminated during the create never gets its answer, so its pod is ended here. */
async function endIfOwnerGone(
  account: Account,
  input: CreateInput,
  pod: Pod,
  { isOwnerGone }: CreateDependencies,
): Promise<void> {
  if (!(await isOwnerGone(input.owner).catch(() => false))) return;
  Context.current().log.warn('the claim closed while its pod was created: ending it', { pod: pod.id, name: pod.name });
  await account.terminate(pod.id, AbortSignal.timeout(input.settings.callTimeoutMs));
}
