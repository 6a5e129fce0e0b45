import { randomBytes } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { tokenSecretsOf } from '../auth';
import type { TokenSecrets } from '../auth';
import { refuseUnfitSdk } from '../installation';
import {
  DEPLOYMENT_PATTERN,
  PodkeeperError,
  isClaimId,
  messageOf,
  warningOf,
  workflowIdOf,
  workflowQueue,
} from '../model';
import type { ClaimInfo, ClaimMemo, Plan, PodSpec, SearchAttributeValue } from '../model';
import { differencesOf, digestOf, parsePodSpec } from '../schema';
import type { PodSpecInput } from '../schema';
import { POD_LIFECYCLE } from '../workflows/definitions';
import type { PodLifecycleInput } from '../workflows/definitions';
import { EncodingCheck } from './encoding';
import { temporalError } from './failures';
import { listClaims } from './listing';
import type { ClaimSummary, ListOptions } from './listing';
import { planByWorker } from './plan';
import { PodHandle } from './podHandle';
import { ATTRIBUTES_MISSING, emitWarningOnce, startSearchable } from './searchableStart';
import { detailsOf, summaryOf } from './startSummary';
import type { ClientTime } from './time';
import { useAndEnd } from './usePod';
import type { PodUse } from './usePod';
import { isClosed } from './workflowStatus';

/** See {@link PodkeeperOptions.workerTimeoutMs}. */
const WORKER_TIMEOUT_MS = 30_000;

/** Options of {@link Podkeeper}. */
export interface PodkeeperOptions {
  /** A connected Temporal client. Its namespace, data converter and payload codecs are used. */
  client: Client;
  /** The deployment: 1–8 characters a–z, 0–9, the same as that of its workers. */
  deployment: string;
  /** The provider of specs that name none. Default: the worker's only one. */
  defaultProvider?: string;
  /** The account of specs that name none. Default: the worker's only one of the provider. */
  defaultAccount?: string;
  /**
   * What the tokens of pods with `auth` are derived from, for {@link PodHandle.token} and similar calls: the same as the worker's, one
   * secret or versions of it as in `PODKEEPER_TOKEN_SECRET`. Never sent anywhere. Default: none; the library reads no environment variable.
   */
  tokenSecret?: string | TokenSecrets;
  /**
   * Gives claims Podkeeper's search attributes, by which Temporal's lists can filter: phase, provider, GPU, owner, pod, price, alarm.
   * Temporal stores them unencrypted, outside of any payload codec. Default `true`. Claims also work where they aren't registered.
   */
  searchAttributes?: boolean;
  /**
   * How long a call waits while no worker serves the claim, ms, before it rejects as `transport`: `healthy()`, `touch()`, `terminate()` and
   * `events()`. `result()` keeps waiting, and calls `onWarning`. Default 30 s, because a worker takes some seconds to start. `Infinity`
   * waits without limit.
   */
  workerTimeoutMs?: number;
  /**
   * Called once for each warning, which says what to do: search attributes that aren't registered, a claim that is waited for and that no
   * worker serves, an `idleTimeout` that never takes effect. Default: `process.emitWarning`, once in a process.
   */
  onWarning?: (message: string) => void;
  /** @internal How it waits, for tests in virtual time. */
  time?: ClientTime;
}

/** How {@link Podkeeper.spawn} treats a claim id that was used before. */
export interface SpawnOptions {
  /** `always` (default): a claim that has ended gets a new life. `never`: the spawn is refused as `conflict`. */
  reuse?: 'always' | 'never';
  /**
   * `true`: a living claim with this id is refused as `conflict`, even with the same spec, because somebody else may be using it. Default
   * `false`.
   */
  exclusive?: boolean;
}

/** Options of {@link Podkeeper.get}. */
export interface GetOptions {
  /** A {@link PodHandle.life}, to get this life of the id only. Default: the life that the handle sees first. */
  life?: string;
}

/** The entry point for applications: rents pods, finds them again, lists them. */
export class Podkeeper {
  /** The deployment of its claims. */
  readonly deployment: string;
  readonly #options: Omit<PodkeeperOptions, 'tokenSecret'>;
  readonly #tokenSecrets: TokenSecrets | undefined;
  readonly #warned = new Set<string>();
  readonly #encoding: EncodingCheck;

  /** @throws PodkeeperError `validation` for an invalid deployment name or token secret, or an SDK of mixed versions */
  constructor({ tokenSecret, ...options }: PodkeeperOptions) {
    refuseUnfitSdk();
    if (!DEPLOYMENT_PATTERN.test(options.deployment)) {
      throw new PodkeeperError(
        'validation',
        `deployment: '${options.deployment}' must be 1 to 8 characters a-z 0-9, the same as the worker's`,
      );
    }
    const { workerTimeoutMs = WORKER_TIMEOUT_MS } = options;
    if (!(workerTimeoutMs > 0)) throw new PodkeeperError('validation', 'workerTimeoutMs: must be more than 0 ms');
    this.#options = options;
    this.deployment = options.deployment;
    this.#encoding = new EncodingCheck(options.client, options.deployment);
    this.#tokenSecrets = tokenSecret === undefined ? undefined : tokenSecretsOf(tokenSecret);
  }

  /**
   * Claims a pod and returns at once; wait with {@link PodHandle.healthy}. The same `id` is the same pod: a living claim with this id and
   * the same spec is returned, unless `exclusive` is set.
   *
   * @throws PodkeeperError `validation` or `unsupported` before anything is started, also when client and workers have different payload
   *   codecs; `conflict` when the id is alive with another spec, or at all with `exclusive`, when it is ending, or when it was used before
   *   and `reuse` is `never`; `transport` when Temporal can't be reached
   */
  async spawn(input: PodSpecInput, options: SpawnOptions = {}): Promise<PodHandle> {
    const wanted = this.withDefaults(input);
    const { id, spec } = parsePodSpec(wanted);
    this.warn(warningOf(spec));
    return await this.claim(id ?? `pod-${randomBytes(5).toString('hex')}`, wanted, spec, options);
  }

  /**
   * Lets a worker of the deployment plan a claim. Rents nothing.
   *
   * @param options.brief accept GPU data that is some minutes old. Default `false`
   * @throws PodkeeperError `validation` or `unsupported` where {@link spawn} would be refused, with the same message; `transport` when
   *   there is no worker
   */
  async plan(input: PodSpecInput, options: { brief?: boolean } = {}): Promise<Plan> {
    const spec = this.withDefaults(input);
    const claim = parsePodSpec(spec).id ?? 'plan';
    const { client } = this.#options;
    await this.#encoding.pass();
    const identity = { deployment: this.deployment, claim, firstRunId: 'plan' };
    const plan = await planByWorker(client, { ...identity, spec, ...options });
    this.warn(warningOf(plan));
    return plan;
  }

  /**
   * Returns a handle of a claim id. It makes no call until you use it. The handle belongs to the life that it sees first, and to no later
   * one.
   *
   * @throws PodkeeperError `validation` for an invalid id
   */
  get(id: string, options: GetOptions = {}): PodHandle {
    if (!isClaimId(id)) {
      throw new PodkeeperError(
        'validation',
        `id: '${id}' can't be a claim id: up to 36 characters a-z 0-9, single hyphens inside`,
      );
    }
    return this.handle(id, options.life);
  }

  /** Lists the claims of this deployment, newest first: the open ones, or all that Temporal still keeps. */
  list(options: ListOptions = {}): AsyncIterable<ClaimSummary> {
    return listClaims(this.#options.client, this.deployment, options);
  }

  /**
   * Rents a pod for the duration of `use`: waits until it is healthy, renews its lease meanwhile, and ends it in any case. If this process
   * dies, the pod ends with its `idleTimeout` or `maxLifetime`.
   *
   * @param use gets the handle, and a `signal` that aborts when the pod is lost meanwhile
   * @param options.signal ends the pod while it is waited for; once `use` has begun, stopping is up to `use`
   * @returns what `use` returned, after the pod is proven gone
   * @throws what `use` throws, with the failure of the end as its innermost `cause` where that failed too; or the claim's error when no pod
   *   became healthy; `conflict` when the id is alive already; an `AbortError` or the signal's reason when `signal` aborts before `use`
   *   begins
   */
  async withPod<T>(
    input: PodSpecInput,
    use: (pod: PodHandle, context: PodUse) => Promise<T>,
    options: { signal?: AbortSignal } = {},
  ): Promise<T> {
    options.signal?.throwIfAborted();
    // Two users of one pod would each end it for the other.
    const pod = await this.spawn(input, { exclusive: true });
    return await useAndEnd(pod, use, {
      signal: options.signal,
      warn: (error) => this.warn(`claim ${pod.id} could not be ended: ${messageOf(error)}`),
    });
  }

  private async claim(claim: string, input: object, spec: PodSpec, options: SpawnOptions): Promise<PodHandle> {
    // A claim that is just closing counts neither as living nor as ended. The second try finds it settled.
    for (let tries = 0; ; tries += 1) {
      const life = await this.start(claim, input, spec, options.reuse ?? 'always');
      if (life !== undefined) return this.handle(claim, life);
      const living = await this.describe(claim);
      if (living !== undefined && !isClosed(living)) {
        const found = this.handle(claim, living.raw.workflowExecutionInfo?.firstRunId ?? living.runId);
        await this.refuseUnlessShared(found, living, spec, options);
        return found;
      }
      if (options.reuse === 'never') {
        throw new PodkeeperError('conflict', `id: ${claim} was used before and reuse is 'never': choose another id`);
      }
      if (tries >= 2)
        throw new PodkeeperError('conflict', `id: ${claim} is being claimed and ended by others right now: try again`);
    }
  }

  private withDefaults(input: PodSpecInput): PodSpecInput {
    const { defaultProvider, defaultAccount } = this.#options;
    return {
      ...(defaultProvider === undefined ? {} : { provider: defaultProvider }),
      ...(defaultAccount === undefined ? {} : { account: defaultAccount }),
      ...input,
    };
  }

  private handle(id: string, life: string | undefined): PodHandle {
    const { client, time, workerTimeoutMs = WORKER_TIMEOUT_MS } = this.#options;
    return new PodHandle(
      client,
      { deployment: this.deployment, id, life },
      { tokenSecrets: this.#tokenSecrets, time, workerTimeoutMs, warn: (message) => this.warn(message) },
    );
  }

  /** The life that was started; `undefined` when the id is alive already, or was used before and must not be reused. */
  private async start(
    claim: string,
    input: object,
    spec: PodSpec,
    reuse: 'always' | 'never',
  ): Promise<string | undefined> {
    const encoding = await this.#encoding.pass();
    const { maxLifetimeMs, owner } = spec;
    const memo: Partial<ClaimMemo> = { specDigest: digestOf(spec), maxLifetimeMs, owner };
    const start = (attributes: SearchAttributeValue[] | undefined) => {
      const argument: PodLifecycleInput = { spec: input, searchAttributes: attributes !== undefined, encoding };
      return this.#options.client.workflow.start(POD_LIFECYCLE, {
        workflowId: workflowIdOf(this.deployment, claim),
        taskQueue: workflowQueue(this.deployment),
        workflowIdReusePolicy: reuse === 'never' ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        args: [argument],
        memo,
        typedSearchAttributes: attributes,
        staticSummary: summaryOf(spec),
        staticDetails: detailsOf(spec),
      });
    };
    try {
      if (this.#options.searchAttributes === false) return (await start(undefined)).firstExecutionRunId;
      const { started, isSearchable } = await startSearchable(spec, start);
      if (!isSearchable) this.warn(ATTRIBUTES_MISSING);
      return started.firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
      throw temporalError(error);
    }
  }

  /** Warns once for each message. */
  private warn(message: string | undefined): void {
    if (message === undefined || this.#warned.has(message)) return;
    this.#warned.add(message);
    (this.#options.onWarning ?? emitWarningOnce)(message);
  }

  private async describe(claim: string): Promise<WorkflowExecutionDescription | undefined> {
    try {
      return await this.#options.client.workflow.getHandle(workflowIdOf(this.deployment, claim)).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw temporalError(error);
    }
  }

  private async refuseUnlessShared(
    pod: PodHandle,
    living: WorkflowExecutionDescription,
    spec: PodSpec,
    { exclusive = false }: SpawnOptions,
  ): Promise<void> {
    const { id } = pod;
    const info = (await pod.info()).claim;
    if (info?.end != null) {
      throw new PodkeeperError(
        'conflict',
        `id: ${id} is ending since ${info.end.at} (${info.end.message}): wait for its end, or choose another id`,
      );
    }
    if (exclusive) {
      const since = living.startTime.toISOString();
      throw new PodkeeperError(
        'conflict',
        `id: ${id} is in use since ${since}: choose another id, leave it out, or terminate that claim first`,
      );
    }
    if (living.memo?.specDigest === digestOf(spec)) return;
    throw new PodkeeperError(
      'conflict',
      `id: ${id} lives with another spec: ${differenceText(info, spec)}; terminate it first, or choose another id`,
    );
  }
}

function differenceText(info: ClaimInfo | null, spec: PodSpec): string {
  if (info?.spec == null) return 'no worker answers to say what differs';
  return differencesOf(info.spec, spec).join(', ');
}
