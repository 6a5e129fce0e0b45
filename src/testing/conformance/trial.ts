import { randomBytes } from 'node:crypto';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '../../model';
import type { CallContext, Capability, ListFilter, PodRequest, Provider } from '../../providers/contract';
import { demand, fail, inTime, isAssertion, short } from './assertions';
import { listLagOf, listPatienceOf, patienceOf } from './limits';
import type { ConformanceFaults, ConformanceJobs, ConformanceOptions, InspectedPod } from './options';
import { defaultRequest } from './request';
import { closedUrl, Wire } from './wire/wire';

/** With a virtual clock: how long to wait, beyond the list lag, for what the cloud does by itself, ms. */
const VIRTUAL_PATIENCE_MS = 600_000;
const VIRTUAL_STEP_MS = 1_000;
const POLL_MS = 20;
/** When to abort a call that gets no answer, for a provider in this process, ms. */
const ABORT_AFTER_MS = 100;

/** The provider, the proxy and the pods of one test. */
export class Trial {
  readonly provider: Provider;
  /** The suite's proxy; `null` without the option `http`. */
  readonly wire: Wire | null;
  readonly options: ConformanceOptions;
  readonly patienceMs: number;
  readonly listLagMs: number;

  private readonly providers: Provider[] = [];
  private readonly ids = new Set<string>();
  /** The names of spawns that haven't returned a pod. */
  private readonly unconfirmed = new Set<string>();
  private readonly calls = new Set<AbortController>();

  private constructor(options: ConformanceOptions, wire: Wire | null) {
    this.options = options;
    this.wire = wire;
    this.provider = this.another();
    this.patienceMs = patienceOf(options);
    this.listLagMs = listLagOf(options, this.provider);
  }

  /** Resets the cloud, runs a check, and cleans up. */
  static async run(options: ConformanceOptions, check: (trial: Trial) => Promise<void>): Promise<void> {
    await options.reset?.();
    const wire = options.http === undefined ? null : await Wire.open(options.http);
    try {
      const trial = new Trial(options, wire);
      try {
        await check(trial);
      } finally {
        await trial.tidy();
      }
    } finally {
      await wire?.close();
    }
  }

  /** The proxy, for checks that need HTTP. */
  get http(): Wire {
    demand(this.wire !== null, 'the check needs the option http');
    return this.wire;
  }

  get unknownId(): string {
    return this.options.unknownId ?? 'podkeeper0unknown0pod';
  }

  get jobs(): Required<ConformanceJobs> {
    const { endpoint = 'podkeeper-endpoint', input = { prompt: 'hello' }, ...rest } = this.options.jobs ?? {};
    return {
      endpoint,
      input,
      longInput: rest.longInput ?? input,
      unknownId: rest.unknownId ?? 'podkeeper0unknown0job',
    };
  }

  has(capability: Capability): boolean {
    return this.provider.capabilities.has(capability);
  }

  /** Another instance of the provider for the same cloud. */
  another(): Provider {
    return this.providerAt(this.wire?.baseUrl ?? null, this.wire?.jobsUrl ?? null);
  }

  /** An instance whose cloud can't be reached. */
  async cutOff(): Promise<Provider> {
    const url = await closedUrl();
    return this.providerAt(url, url);
  }

  /** A name that no other test uses. */
  newName(): string {
    return `conformance-${randomBytes(5).toString('hex')}`;
  }

  request(changes: Partial<PodRequest> = {}): PodRequest {
    return {
      ...defaultRequest(this.provider, this.options),
      ...this.options.request,
      name: this.newName(),
      ...changes,
    };
  }

  /**
   * Calls a method with a signal, and waits at most `patienceMs`.
   *
   * @throws AssertionError if it doesn't settle in time
   */
  async call<T>(
    operation: string,
    run: (context: CallContext) => Promise<T>,
    call: AbortController = new AbortController(),
  ): Promise<T> {
    this.wire?.begin(operation);
    this.calls.add(call);
    const done = run({ signal: call.signal });
    try {
      return await inTime(done, this.patienceMs, `${operation} has neither resolved nor rejected`, call);
    } finally {
      this.calls.delete(call);
    }
  }

  async spawn(request: PodRequest = this.request(), changes: SpawnChanges = {}): Promise<Pod> {
    const { provider = this.provider, beforeSend, abort = new AbortController() } = changes;
    this.unconfirmed.add(request.name);
    const pod = await this.call(
      'spawn',
      async (context) => provider.spawn(request, beforeSend === undefined ? context : { ...context, beforeSend }),
      abort,
    );
    demand(typeof pod === 'object' && pod !== null, `spawn must return a pod, but returned ${short(pod)}`);
    this.ids.add(pod.id);
    this.unconfirmed.delete(request.name);
    return pod;
  }

  async get(id: string, provider = this.provider): Promise<Pod> {
    return await this.call('get', async (context) => provider.get(id, context));
  }

  async list(filter: ListFilter = {}, provider = this.provider): Promise<Pod[]> {
    const pods = await this.call('list', async (context) => provider.list(filter, context));
    demand(Array.isArray(pods), `list must return a list, but returned ${short(pods)}`);
    return pods;
  }

  async terminate(id: string, provider = this.provider): Promise<void> {
    await this.call('terminate', async (context) => provider.terminate(id, context));
  }

  /** A call's error. @throws AssertionError if it resolves */
  async rejection(what: string, call: Promise<unknown>): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await call;
    } catch (error) {
      if (isAssertion(error)) throw error;
      return error;
    }
    return fail(`${what} must reject, but resolved with ${short(answer)}`);
  }

  /** A call's error; `undefined` if it resolves. */
  async failure(call: Promise<unknown>): Promise<unknown> {
    try {
      await call;
      return undefined;
    } catch (error) {
      if (isAssertion(error)) throw error;
      return error;
    }
  }

  /** Runs a call, and aborts its signal once the proxy holds its request. */
  async abandon(
    met: Promise<void>,
    hangs: boolean,
    call: (abort: AbortController) => Promise<unknown>,
  ): Promise<unknown> {
    const abort = new AbortController();
    const running = call(abort);
    if (!hangs) return await running;
    await Promise.race([met, running.catch(() => undefined)]);
    abort.abort(new DOMException('the deadline of the call has passed', 'TimeoutError'));
    return await running;
  }

  /** The same for a provider in this process. It may reject by itself, or wait for its signal. */
  async abandonSoon(call: (abort: AbortController) => Promise<unknown>): Promise<unknown> {
    return await this.abandon(pause(ABORT_AFTER_MS), true, call);
  }

  /**
   * Polls until `check` returns something. Moves the cloud's clock, or waits.
   *
   * @param lagMs for what must be listed after that lag
   * @throws AssertionError naming what didn't happen
   */
  async until<T>(what: string, check: () => Promise<T | undefined>, lagMs?: number): Promise<T> {
    const { advance } = this.options;
    const patienceMs = lagMs === undefined ? this.patienceMs : listPatienceOf(this.options);
    const limitMs = (lagMs ?? 0) + (advance === undefined ? patienceMs : VIRTUAL_PATIENCE_MS);
    const startedAt = performance.now();
    let movedMs = 0;
    for (;;) {
      const found = await check();
      if (found !== undefined) return found;
      const passedMs = advance === undefined ? performance.now() - startedAt : movedMs;
      demand(passedMs < limitMs, `${what}, but it didn't within ${limitMs} ms`);
      if (advance === undefined) {
        await pause(POLL_MS);
        continue;
      }
      // Small steps first: most things happen soon.
      const stepMs = Math.max(VIRTUAL_STEP_MS, movedMs / 10);
      await advance(stepMs);
      movedMs += stepMs;
      await turn();
    }
  }

  /** Waits until the list shows all names, and returns it. */
  async listed(names: readonly string[], filter: ListFilter = {}): Promise<Pod[]> {
    return await this.until(
      `the list with the filter ${short(filter)} must show ${short(names)} within the list lag of ${this.listLagMs} ms (set by the provider's listLagMs, or by the option listLagMs)`,
      async () => {
        const pods = await this.list(filter);
        return names.every((name) => pods.some((pod) => pod.name === name)) ? pods : undefined;
      },
      this.listLagMs,
    );
  }

  /** Waits until a pod has one of these statuses. */
  async reaches(id: string, statuses: readonly Pod['status'][]): Promise<Pod> {
    let last = 'none';
    return await this.until(`pod ${id} must become ${statuses.join(' or ')}`, async () => {
      const pod = await this.get(id);
      last = pod.status;
      return statuses.includes(pod.status) ? pod : undefined;
    }).catch((error: unknown) => {
      if (isAssertion(error)) error.message += `; its last status is ${last}`;
      throw error;
    });
  }

  /** A pod, read directly from the cloud. */
  async inspected(id: string): Promise<InspectedPod> {
    const what = `the option inspect must return pod '${id}'`;
    return await this.until(what, async () => (await this.options.inspect(id)) ?? undefined);
  }

  /** Waits until the provider has closed the sockets of all requests with faults. */
  async socketsClosed(): Promise<void> {
    await inTime(
      this.http.allSocketsClosed(),
      this.patienceMs,
      'the provider has not closed the sockets of ended calls',
    );
  }

  /** Calls a hook of the option `faults`. */
  async arrange<Name extends keyof ConformanceFaults>(
    name: Name,
    ...given: Parameters<NonNullable<ConformanceFaults[Name]>>
  ): Promise<void> {
    const hook = this.options.faults?.[name] as ((...of: unknown[]) => void | Promise<void>) | undefined;
    demand(hook !== undefined, `the check needs the option faults.${name}`);
    await hook(...given);
  }

  /** Checks that a spawn had no effect: no create request, and no pod. */
  async demandNothingMade(name: string, what: string): Promise<void> {
    await this.wire?.settle();
    const found = await this.list();
    const creates = this.wire?.createCount ?? 0;
    demand(creates === 0, `${what} must send nothing, but sent ${creates} create requests`);
    const pods = found.filter((pod) => pod.name === name).length;
    demand(pods === 0, `${what} must create nothing, but the list shows ${pods} pods with its name`);
  }

  private providerAt(baseUrl: string | null, jobsUrl: string | null): Provider {
    const provider = this.options.provider({ baseUrl, jobsUrl });
    this.providers.push(provider);
    return provider;
  }

  /** Ends the test's pods, whatever state the proxy is in. */
  private async tidy(): Promise<void> {
    this.wire?.clear();
    for (const call of this.calls) call.abort();
    const provider = this.another();
    try {
      if (this.unconfirmed.size > 0) {
        for (const pod of await this.list({}, provider)) if (this.unconfirmed.has(pod.name)) this.ids.add(pod.id);
      }
    } catch {
      // A failed list is reported by the check, not by the cleanup.
    }
    await Promise.allSettled([...this.ids].map(async (id) => this.terminate(id, provider)));
    await Promise.allSettled(
      this.providers.map(async (of) =>
        inTime(of.close?.() ?? Promise.resolve(), this.patienceMs, 'close has not resolved'),
      ),
    );
  }
}

/** Changes to a spawn's call context. */
export interface SpawnChanges {
  provider?: Provider;
  beforeSend?: () => void;
  abort?: AbortController;
}
