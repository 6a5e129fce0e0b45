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

/** Time between two looks while waiting: quick at first, then no more often than a person would. */
const FIRST_POLL_MS = 1_000;
const LAST_POLL_MS = 5_000;
/**
 * Touches closer together than this, ms, or than this share of a short lease, are answered from the one before: they would
 * move no deadline worth an event.
 */
const TOUCH_THROTTLE_MS = 5_000;
const TOUCH_THROTTLE_SHARE = 1 / 4;

/**
 * One life of a claim: the pod that belongs to an id, from its spawn to its report. Another claim that is spawned under the same id later is another
 * life: this handle neither reads nor ends it. From `spawn` it is of the life that was started or found, from `get` of the one that it sees first.
 */
export class PodHandle {
  /** The claim id. */
  readonly id: string;
  /** `<deployment>/<claim id>`, to be found in Temporal. */
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
   * Which life of the id this handle is of: the id of its first run in Temporal, for `Podkeeper.get(id, { life })` in another process. `null` until a
   * handle from `get` has asked for the first time.
   */
  get life(): string | null {
    return this.#claim.life;
  }

  /**
   * Waits until the pod is healthy.
   *
   * @param options.signal stops the waiting, not the claim.
   * @throws the claim's error as PodkeeperError when it ended before; `conflict` when an end was decided; `not_found` when there is no such claim;
   *   `transport` when no worker serves it for `workerTimeoutMs`: the claim stays, and goes on when one does.
   */
  async healthy(options: { signal?: AbortSignal } = {}): Promise<HealthyPod> {
    const pod = await this.#time.wait(`healthy() of claim ${this.id}`, async (sleep) => {
      let answeredAt = performance.now();
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(LAST_POLL_MS, wait * 1.5)) {
        options.signal?.throwIfAborted();
        // A workflow that was cut off from outside still answers what was true then: whether it is open says Temporal.
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

  /** The claim, its last observation and its last error. @throws PodkeeperError `not_found` when there is no such claim. */
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
   * Renews the lease: `idleTimeout` counts anew from now. More often than every 5 s, or every quarter of a shorter `idleTimeout`, it answers
   * from the last time.
   *
   * @throws PodkeeperError `conflict` once the claim is ending, or its deadline has passed; `not_found` when there is no such claim; `transport` when
   *   no worker answers within `workerTimeoutMs`: then it may still count, when one does.
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

  /** Touches the claim again and again until stopped. */
  keepAlive(options: KeepAliveOptions = {}): KeepAlive {
    return new KeepAlive(this, options, this.#time);
  }

  /**
   * The bearer token of the pod that is held, derived here from the token secret. Another pod of the same claim has another token: ask again after a
   * `conflict`, and don't store it.
   *
   * @throws PodkeeperError `conflict` when no pod is held; `validation` when the claim's `auth` isn't `bearer`, or the client lacks the token secret
   *   or the version of it; `not_found` when there is no such claim; `transport` when no worker answers.
   */
  async token(): Promise<string> {
    const { secrets, version, pod } = await this.#guard('bearer');
    return secrets.token(pod.name, version);
  }

  /** The value of the header `Authorization` for the pod that is held: `Bearer …`. @throws PodkeeperError as {@link token} does. */
  async authorization(): Promise<string> {
    return authorizationHeader(await this.token());
  }

  /**
   * Signs a URL of the pod that is held, for one method and a limited time.
   *
   * @param url a whole URL, or a path such as `/render?size=2`: that is of the pod's first HTTP port
   * @param options `method`, default `GET`; `expiresInMs`, default 1 h
   * @throws PodkeeperError as {@link token} does, with `auth: 'signed_url'`; `validation` naming the option.
   */
  async signUrl(url: string | URL, options: Pick<SignUrlOptions, 'method' | 'expiresInMs'> = {}): Promise<string> {
    const { secrets, version, pod } = await this.#guard('signed_url');
    const key = secrets.signingKey(pod.name, version);
    const { method, expiresInMs } = options;
    return signUrl(urlOn(pod, url), { method, expiresInMs, key, keyVersion: version, claim: this.id });
  }

  /**
   * Ends the pod, and resolves with the claim's report when the pod is proven gone. That takes as long as the provider's lists may lag. Harmless when it has ended
   * already.
   *
   * @param options.wait `proven`, the default, or `accepted`: see the other overload.
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`: the end is asked for then, and goes on when one does.
   */
  async terminate(options?: { message?: string; wait?: 'proven' }): Promise<ClaimReport>;
  /**
   * Ends the pod, and resolves when the provider has accepted the delete of each pod that the claim knows. The bill should end then; nothing is proven, and the
   * claim goes on until it is.
   *
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`: the end is asked for then, and goes on when one does.
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
      throw new PodkeeperError('transport', `${why}. The end of claim ${this.id} is asked for, and goes on then`);
    });
    return report;
  }

  /** Asks for the end without waiting for it. Harmless when it has ended already. */
  async release(message?: string): Promise<void> {
    // A touch from now on is refused, whatever the one before was answered.
    this.#touched = undefined;
    await this.#claim.release(message);
  }

  /**
   * Waits for the claim's end, whichever it is, for as long as that takes. When no worker serves it for `workerTimeoutMs`, `onWarning` is told once.
   *
   * @returns the report and the last events, also when the claim failed or was cancelled.
   * @throws PodkeeperError `unknown` when the workflow was terminated from outside; `not_found` when there is no such claim.
   */
  async result(): Promise<ClaimResult> {
    return await this.#claim.result((why) => this.#warn(`${why}. result() of claim ${this.id} waits for it`));
  }

  /**
   * The events of the claim's life, oldest first, until its end. Resume with the last sequence number you saw. Only the newest 50 are kept.
   *
   * @throws PodkeeperError `transport` when no worker serves the claim for `workerTimeoutMs`.
   */
  async *events(options: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<ClaimEvent, void, undefined> {
    let last = options.after ?? 0;
    let answeredAt = performance.now();
    for (;;) {
      const run = await this.#claim.run();
      const open = run.isOpen;
      const told = open ? await this.#claim.ask(run) : await this.result();
      if (told !== null) answeredAt = performance.now();
      else await this.#claim.refuseUnserved(answeredAt);
      const events = told?.events ?? [];
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
   * Closes the debts that can't be proven paid, because the host or the account is gone: the claim ends as `written_off`, in your name. Where its own
   * pods were still to be ended, their proof is of these debts, too, and the claim ends as it would have; the report says what was written off.
   *
   * @throws PodkeeperError `conflict` while the claim is not ending, or nothing is open; `validation` without a name or reason.
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
      throw new PodkeeperError('transport', `${why}. Claim ${this.id} is ending, and goes on then`);
    });
    const { end } = report;
    throw new PodkeeperError(end.kind ?? 'conflict', `claim ${this.id} ended (${end.reason}): ${end.message}`, {
      details: report,
    });
  }
}
