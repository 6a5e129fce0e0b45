import type { Client } from '@temporalio/client';
import { authorizationHeader, signUrl } from '../auth';
import type { SignUrlOptions, TokenSecrets } from '../auth';
import { PodkeeperError, costUntil } from '../model';
import type { ClaimEvent, ClaimReport, ClaimResult, HealthyPod, TouchResult } from '../model';
import { touchUpdate, writeOffUpdate } from '../workflows/definitions';
import { ClaimLife } from './claimLife';
import { temporalError } from './failures';
import { guardOf, urlOn } from './guardedClaim';
import type { ClaimGuard } from './guardedClaim';
import { KeepAlive } from './keepAlive';
import type { KeepAliveOptions } from './keepAlive';
import { pendingCalls } from './pendingCalls';
import type { PodInfo } from './podInfo';
import { REAL_TIME } from './time';
import type { ClientTime } from './time';

/** Interval of polls while waiting: short at first. */
const FIRST_POLL_MS = 1_000;
const LAST_POLL_MS = 5_000;
/**
 * Touches closer together than this, ms, or than this share of a short lease, return the previous answer: they would move no deadline worth
 * an event.
 */
const TOUCH_THROTTLE_MS = 5_000;
const TOUCH_THROTTLE_SHARE = 1 / 4;

/**
 * A handle of one life of a claim: the pod of an id, from its spawn to its report. A claim that is spawned later under the same id is
 * another life, which this handle neither reads nor ends. A handle from `spawn` belongs to the life that was started or found; one from
 * `get`, to the life that it sees first.
 */
export class PodHandle {
  /** The claim id. */
  readonly id: string;
  /** `<deployment>/<claim id>`, to find it in Temporal. */
  readonly workflowId: string;
  readonly #claim: ClaimLife;
  readonly #client: Client;
  readonly #tokenSecrets: TokenSecrets | undefined;
  readonly #time: ClientTime;
  readonly #warn: (message: string) => void;
  #touched: { until: number; result: Promise<TouchResult> } | undefined;

  /** @internal Use `Podkeeper.spawn` or `Podkeeper.get`. */
  constructor(
    client: Client,
    claim: { deployment: string; id: string; life?: string },
    {
      tokenSecrets,
      time = REAL_TIME,
      workerTimeoutMs,
      warn,
    }: {
      tokenSecrets?: TokenSecrets;
      time?: ClientTime;
      workerTimeoutMs: number;
      warn: (message: string) => void;
    },
  ) {
    this.#claim = new ClaimLife(client, claim, workerTimeoutMs);
    this.#client = client;
    this.#tokenSecrets = tokenSecrets;
    this.#time = time;
    this.#warn = warn;
    this.id = claim.id;
    this.workflowId = this.#claim.workflowId;
  }

  /**
   * The life of this handle: the id of its first run in Temporal, for `Podkeeper.get(id, { life })` in another process. `null` until a
   * handle from `get` has made its first call.
   */
  get life(): string | null {
    return this.#claim.life;
  }

  /**
   * Waits until the pod is healthy.
   *
   * @param options.signal stops waiting, not the claim
   * @throws PodkeeperError the claim's error when it ended before; `conflict` when an end was decided; `not_found` when there is no such
   *   claim; `transport` when no worker serves it for `workerTimeoutMs`: the claim stays, and continues with the next worker
   */
  async healthy(options: { signal?: AbortSignal } = {}): Promise<HealthyPod> {
    const pod = await this.#time.wait(`healthy() of claim ${this.id}`, async (sleep) => {
      let answeredAt = performance.now();
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.5)) {
        options.signal?.throwIfAborted();
        // A workflow that was terminated from outside still answers queries with its last state. Temporal says whether it is open.
        const run = await this.#claim.run();
        if (!run.isOpen) return null;
        const claim = await this.#claim.ask(run);
        if (claim?.phase === 'healthy' && claim.pod !== null) return claim.pod;
        if (claim !== null && claim.end !== null) return null;
        if (claim !== null) answeredAt = performance.now();
        else await this.#claim.refuseUnserved(answeredAt);
        await sleep(wait, options.signal);
      }
    });
    if (pod === null) return await this.#rejectEnded();
    const { id, name, endpoints, hourlyPrice } = pod;
    return { id, name, endpoints, hourlyPrice };
  }

  /**
   * The claim's state, its last observation and its last error.
   *
   * @throws PodkeeperError `not_found` when there is no such claim
   */
  async info(): Promise<PodInfo> {
    try {
      const run = await this.#claim.run();
      const { runId, life, isOpen } = run;
      const calls = await pendingCalls(run.raw, this.#client);
      const claim = await this.#claim.ask(run);
      return {
        id: this.id,
        workflowId: this.workflowId,
        life,
        runId,
        isOpen,
        claim: claim !== null && isOpen ? { ...claim, cost: costUntil(claim, this.#time.now()) } : claim,
        report: isOpen ? null : await this.#report().catch(() => null),
        ...calls,
      };
    } catch (error) {
      throw temporalError(error, this.#claim);
    }
  }

  /**
   * Renews the lease: `idleTimeout` starts again. Calls within 5 s, or within a quarter of a shorter `idleTimeout`, return the previous
   * answer.
   *
   * @throws PodkeeperError `conflict` when the claim is ending, or its deadline has passed; `not_found` when there is no such claim;
   *   `transport` when no worker answers within `workerTimeoutMs`: the touch may still count when one does
   */
  async touch(): Promise<TouchResult> {
    if (this.#time.refresh !== undefined) await this.#time.refresh();
    if (this.#touched === undefined || this.#time.now() >= this.#touched.until) {
      const begun = this.#time.now();
      const touched = { until: begun + TOUCH_THROTTLE_MS, result: this.#claim.update(touchUpdate, (life) => [life]) };
      this.#touched = touched;
      touched.result.then(
        ({ idleDeadline }) => {
          const lease = idleDeadline === null ? Infinity : Date.parse(idleDeadline) - begun;
          touched.until = begun + Math.min(TOUCH_THROTTLE_MS, lease * TOUCH_THROTTLE_SHARE);
        },
        () => {
          touched.until = 0;
        },
      );
    }
    return await this.#touched.result;
  }

  /** Touches the claim repeatedly until it is stopped. */
  keepAlive(options: KeepAliveOptions = {}): KeepAlive {
    return new KeepAlive(this, options, this.#time);
  }

  /**
   * The bearer token of the pod that is held, derived here from the token secret. Another pod of the same claim has another token: call it
   * again after a `conflict`, and don't store it.
   *
   * @throws PodkeeperError `conflict` when no pod is held; `validation` when the claim's `auth` isn't `bearer`, or the client lacks the
   *   token secret or its version; `not_found` when there is no such claim; `transport` when no worker answers
   */
  async token(): Promise<string> {
    const { secrets, version, pod } = await this.#guard('bearer');
    return secrets.token(pod.name, version);
  }

  /**
   * The value of the `Authorization` header for the pod that is held: `Bearer …`.
   *
   * @throws PodkeeperError as {@link token} does
   */
  async authorization(): Promise<string> {
    return authorizationHeader(await this.token());
  }

  /**
   * Signs a URL of the pod that is held, for one method and a limited time.
   *
   * @param url a whole URL, or a path such as `/render?size=2` on the pod's first HTTP port
   * @param options `method`, default `GET`; `expiresInMs`, default 1 h
   * @throws PodkeeperError as {@link token} does, with `auth: 'signed_url'`; `validation`, naming the option
   */
  async signUrl(url: string | URL, options: Pick<SignUrlOptions, 'method' | 'expiresInMs'> = {}): Promise<string> {
    const { secrets, version, pod } = await this.#guard('signed_url');
    const key = secrets.signingKey(pod.name, version);
    const { method, expiresInMs } = options;
    return signUrl(urlOn(pod, url), { method, expiresInMs, key, keyVersion: version, claim: this.id });
  }

  /**
   * Ends the pod, and resolves with the claim's report when the pod is proven gone. That takes as long as the provider's lists may lag. Has
   * no effect on a claim that has ended.
   *
   * @param options.wait `proven` (default) or `accepted`, see the other overload
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`: the end is requested, and continues with the
   *   next worker
   */
  async terminate(options?: { message?: string; wait?: 'proven' }): Promise<ClaimReport>;
  /**
   * Ends the pod, and resolves when the provider has accepted the delete of each pod that the claim knows. Billing should stop then.
   * Nothing is proven yet, and the claim continues until it is.
   *
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`: the end is requested, and continues with the
   *   next worker
   */
  async terminate(options: { message?: string; wait: 'accepted' }): Promise<void>;
  async terminate(options: { message?: string; wait?: 'proven' | 'accepted' } = {}): Promise<ClaimReport | void> {
    const { message, wait = 'proven' } = options;
    if (wait !== 'proven' && wait !== 'accepted') {
      throw new PodkeeperError('validation', `wait: '${String(wait)}' must be proven or accepted`);
    }
    await this.release(message);
    if (wait === 'accepted') return await this.#deletesAccepted();
    const { report } = await this.#claim.result((why) => {
      throw new PodkeeperError(
        'transport',
        `${why}. The end of claim ${this.id} is requested, and continues when one does`,
      );
    });
    return report;
  }

  /** Requests the end without waiting for it. Has no effect on a claim that has ended. */
  async release(message?: string): Promise<void> {
    // From now on touches are refused, whatever the previous answer was.
    this.#touched = undefined;
    await this.#claim.release(message);
  }

  /**
   * Waits for the claim's end, however long that takes. When no worker serves it for `workerTimeoutMs`, `onWarning` is called once.
   *
   * @returns the report and the last events, also when the claim failed or was cancelled
   * @throws PodkeeperError `unknown` when the workflow was terminated from outside; `not_found` when there is no such claim
   */
  async result(): Promise<ClaimResult> {
    return await this.#claim.result((why) => this.#warn(`${why}. result() of claim ${this.id} waits for it`));
  }

  /**
   * Yields the events of the claim's life, oldest first, until its end. Resume with the last sequence number you saw. Only the newest 50
   * are kept.
   *
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`
   */
  async *events(options: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<ClaimEvent, void, undefined> {
    let last = options.after ?? 0;
    let answeredAt = performance.now();
    for (;;) {
      const run = await this.#claim.run();
      const open = run.isOpen;
      const state = open ? await this.#claim.ask(run) : await this.result();
      if (state !== null) answeredAt = performance.now();
      else await this.#claim.refuseUnserved(answeredAt);
      const events = state?.events ?? [];
      for (const event of events) {
        if (event.sequence <= last) continue;
        last = event.sequence;
        yield event;
      }
      if (!open) return;
      await this.#time.wait(`events() of claim ${this.id}`, (sleep) => sleep(FIRST_POLL_MS, options.signal));
    }
  }

  /**
   * Closes, in your name, the debts that can't be proven, because the host or the account is gone. The claim ends as `written_off`. If
   * other pods of the claim were still to be ended, their proof covers these debts too, and the claim ends as usual. The report says what
   * was written off.
   *
   * @throws PodkeeperError `conflict` while the claim is not ending, or no debt is open; `validation` without a name or reason
   */
  async writeOff(request: { by: string; reason: string }): Promise<ClaimReport> {
    await this.#claim.update(writeOffUpdate, (life) => [request, life]);
    return await this.#report();
  }

  async #guard(auth: ClaimGuard['auth']): Promise<ClaimGuard> {
    const run = await this.#claim.run();
    if (!run.isOpen) throw this.#claim.over();
    const claim = await this.#claim.ask(run);
    if (claim !== null) return guardOf(claim, auth, this.#tokenSecrets);
    throw await this.#claim.unanswered();
  }

  async #deletesAccepted(): Promise<void> {
    await this.#time.wait(`terminate() of claim ${this.id}`, async (sleep) => {
      let answeredAt = performance.now();
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.5)) {
        const run = await this.#claim.run();
        if (!run.isOpen) return;
        const claim = await this.#claim.ask(run);
        if (claim !== null && claim.endAcceptedAt !== null) return;
        if (claim !== null) answeredAt = performance.now();
        else await this.#claim.refuseUnserved(answeredAt);
        await sleep(wait);
      }
    });
  }

  async #report(): Promise<ClaimReport> {
    return (await this.result()).report;
  }

  async #rejectEnded(): Promise<never> {
    const { report } = await this.#claim.result((why) => {
      throw new PodkeeperError('transport', `${why}. Claim ${this.id} is ending, and continues when one does`);
    });
    const { end } = report;
    throw new PodkeeperError(end.kind ?? 'conflict', `claim ${this.id} ended (${end.reason}): ${end.message}`, {
      details: report,
    });
  }
}
