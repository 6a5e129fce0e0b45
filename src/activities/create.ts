import { ApplicationFailure, Context, sleep } from '@temporalio/activity';
import {
  PodkeeperError,
  consequenceOf,
  isLiving,
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
import { isOfLife, mismatchOf } from './matching';
import { kindOf, lineOf, providerCall, textOf } from './providerCall';
import type { ProviderCall } from './providerCall';
import { resolveEnvironment, secretValuesOf } from './secrets';
import type { SecretSource } from './secrets';
import { SendFence } from './sendFence';

/** What a create needs beside its account. */
export interface CreateDependencies {
  /** Whose pods this worker's are: nothing is created under another's name. */
  identity: Pick<LifeName, 'deployment' | 'controlPlane'>;
  /** Where the references of a spec's `env` are resolved. */
  secrets: SecretSource;
  /** What pods' tokens and signing keys come from; without it, no pod is created for a claim that has `auth`. */
  tokenSecrets?: TokenSecrets;
  /** Whether the claim's chain of runs is closed or unknown to Temporal; `false` also when it can't be told. */
  isOwnerGone: (owner: CreateInput['owner']) => Promise<boolean>;
}

/**
 * Looks for the name and adopts what bears it; else sends one create request, soon after it began or never. Answers only what is sure; any other
 * end of this call leaves the outcome to be looked up.
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
      existing = await look(account, input, call, fence);
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

/** A reset hands out again, unchanged, what was in flight: only by the run can such a create be told from a new one. */
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
 * A living pod under the name. After a reset: any of this life that is what was asked for, and looked for until a request of the earlier run
 * must have shown. One under another number that is something else is left to the looks, which report it as a sibling.
 */
async function look(
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
    // One that is being ended would be gone in a moment.
    const mayBeHeld = (pod: Pod) => isLiving(pod) && !input.endingIds.includes(pod.id);
    const living = named.find(mayBeHeld);
    if (living !== undefined) return living;
    if (named.length > 0) {
      throw new PodkeeperError(
        'conflict',
        `a pod has borne the name ${input.name} and ended, or is being ended: no second one is created`,
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
  // A list that failed for a moment says nothing against the next create; what a person has to mend does.
  const passing = kind !== 'rate_limited' && consequenceOf('read', kind) === 'retry';
  return {
    outcome: 'refused',
    kind: passing ? 'transport' : kind,
    // What is held back before its request says so itself.
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
      if (call.isUnwanted)
        throw new PodkeeperError('transport', 'not sent: the create was called off', { refused: true });
    };
    // Once sent, the answer is worth more than the time: only the deadline cuts it short, no cancellation.
    const pod = await account.spawn(request, { signal: deadline, beforeSend });
    return { outcome: 'created', pod, adopted: false };
  } catch (error) {
    // Clouds echo a request's environment in their errors; before the text is cut, so that no half of a secret is left.
    const message = lineOf(redact(messageOf(error), hidden));
    if (isPodkeeperError(error) && error.refused) {
      return { outcome: 'refused', kind: error.kind, message, retryAfterMs: error.retryAfterMs ?? null };
    }
    throw ApplicationFailure.create({ type: 'outcome_unknown', message, nonRetryable: true });
  } finally {
    account.invalidate();
  }
}

/** A workflow that was terminated in mid-create hears no answer: what it would have owned ends here. */
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
