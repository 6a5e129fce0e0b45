import { randomBytes } from 'node:crypto';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '../../model';
import type { CallContext, Capability, ListFilter, PodRequest, Provider } from '../../providers/contract';
import { demand, fail, isAssertion, short } from './demands';
import { inTime } from './inTime';
import { listLagOf, listPatienceOf, patienceOf } from './limits';
import type { ConformanceFaults, ConformanceJobs, ConformanceOptions, InspectedPod } from './options';
import { defaultRequest } from './request';
import { closedUrl, Wire } from './wire/wire';

/** How much later than its list lag a cloud in virtual time may show what it does by itself, ms. */
const VIRTUAL_PATIENCE_MS = 600_000;
const VIRTUAL_STEP_MS = 1_000;
const LOOK_AGAIN_MS = 20;
/** After how long a call in process that gets no answer is given up, ms. */
const GIVE_UP_MS = 100;

/** One test's provider, its wire, and the pods that the test rents. */
export class Trial {
  readonly provider: Provider;
  /** The suite's proxy; `null` for a provider in process. */
  readonly wire: Wire | null;
  readonly options: ConformanceOptions;
  readonly patienceMs: number;
  readonly listLagMs: number;

  private readonly providers: Provider[] = [];
  private readonly ids = new Set<string>();
  /** Of spawns that have not answered with a pod. */
  private readonly loose = new Set<string>();
  private readonly calls = new Set<AbortController>();

  private constructor(options: ConformanceOptions, wire: Wire | null) {
    this.options = options;
    this.wire = wire;
    this.provider = this.another();
    this.patienceMs = patienceOf(options);
    this.listLagMs = listLagOf(options, this.provider);
  }

  /** Runs a check on a cloud as new, and leaves nothing behind. */
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

  /** For checks of an HTTP provider. */
  get http(): Wire {
    demand(this.wire !== null, 'the check needs a provider that speaks HTTP');
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
   * Calls a method; gives it a signal, and answers within the suite's patience.
   *
   * @throws AssertionError when nothing comes.
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
      return await inTime(done, this.patienceMs, `${operation} has neither answered nor rejected`, call);
    } finally {
      this.calls.delete(call);
    }
  }

  async spawn(request: PodRequest = this.request(), changes: SpawnChanges = {}): Promise<Pod> {
    const { provider = this.provider, beforeSend, abort = new AbortController() } = changes;
    this.loose.add(request.name);
    const pod = await this.call(
      'spawn',
      async (context) => provider.spawn(request, beforeSend === undefined ? context : { ...context, beforeSend }),
      abort,
    );
    demand(typeof pod === 'object' && pod !== null, `spawn is to answer a pod, and answered ${short(pod)}`);
    this.ids.add(pod.id);
    this.loose.delete(request.name);
    return pod;
  }

  async get(id: string, provider = this.provider): Promise<Pod> {
    return await this.call('get', async (context) => provider.get(id, context));
  }

  async list(filter: ListFilter = {}, provider = this.provider): Promise<Pod[]> {
    const pods = await this.call('list', async (context) => provider.list(filter, context));
    demand(Array.isArray(pods), `list is to answer a list, and answered ${short(pods)}`);
    return pods;
  }

  async terminate(id: string, provider = this.provider): Promise<void> {
    await this.call('terminate', async (context) => provider.terminate(id, context));
  }

  /** What a call rejects with. @throws AssertionError when it answers. */
  async rejection(what: string, call: Promise<unknown>): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await call;
    } catch (error) {
      if (isAssertion(error)) throw error;
      return error;
    }
    return fail(`${what}: the call is to reject, and answered ${short(answer)}`);
  }

  /** What a call rejects with, where it does; `undefined` where it answers. */
  async failure(call: Promise<unknown>): Promise<unknown> {
    try {
      await call;
      return undefined;
    } catch (error) {
      if (isAssertion(error)) throw error;
      return error;
    }
  }

  /** Runs a call, and aborts its signal once the wire holds its request. */
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

  /** The same for a provider in process: it may reject by itself, or wait for its signal. */
  async abandonSoon(call: (abort: AbortController) => Promise<unknown>): Promise<unknown> {
    return await this.abandon(pause(GIVE_UP_MS), true, call);
  }

  /**
   * Looks until there is something; moves the cloud's clock, or waits.
   *
   * @param lagMs of what is in the list past that lag; it needs no patience beside
   * @throws AssertionError naming what didn't come.
   */
  async until<T>(what: string, look: () => Promise<T | undefined>, lagMs?: number): Promise<T> {
    const { advance } = this.options;
    const patienceMs = lagMs === undefined ? this.patienceMs : listPatienceOf(this.options);
    const limitMs = (lagMs ?? 0) + (advance === undefined ? patienceMs : VIRTUAL_PATIENCE_MS);
    const startedAt = performance.now();
    let movedMs = 0;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      const passedMs = advance === undefined ? performance.now() - startedAt : movedMs;
      demand(passedMs < limitMs, `${what}: waited ${limitMs} ms in vain`);
      if (advance === undefined) {
        await pause(LOOK_AGAIN_MS);
        continue;
      }
      // Small steps at first: most things come soon.
      const stepMs = Math.max(VIRTUAL_STEP_MS, movedMs / 10);
      await advance(stepMs);
      movedMs += stepMs;
      await turn();
    }
  }

  /** Waits until the list shows all of them, and answers it. */
  async listed(names: readonly string[], filter: ListFilter = {}): Promise<Pod[]> {
    return await this.until(
      `the list with the filter ${short(filter)} is to show ${short(names)} within the list lag of ${this.listLagMs} ms (listLagMs of the provider, or of the suite's options where its cloud is a fake)`,
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
    return await this.until(`pod ${id} is to become ${statuses.join(' or ')}`, async () => {
      const pod = await this.get(id);
      last = pod.status;
      return statuses.includes(pod.status) ? pod : undefined;
    }).catch((error: unknown) => {
      if (isAssertion(error)) error.message += `; its last status is ${last}`;
      throw error;
    });
  }

  /** What the cloud was told of a pod. */
  async inspected(id: string): Promise<InspectedPod> {
    const what = `inspect('${id}') of the suite's options is to answer what the cloud was told`;
    return await this.until(what, async () => (await this.options.inspect(id)) ?? undefined);
  }

  /** Waits until the provider holds no socket any more of a request that has met a fault. */
  async givenBack(): Promise<void> {
    await inTime(
      this.http.allGivenBack(),
      this.patienceMs,
      'the provider has not given back the sockets of calls that ended',
    );
  }

  /** Makes the cloud of a provider in process fail. */
  async arrange<Name extends keyof ConformanceFaults>(
    name: Name,
    ...given: Parameters<NonNullable<ConformanceFaults[Name]>>
  ): Promise<void> {
    const hook = this.options.faults?.[name] as ((...of: unknown[]) => void | Promise<void>) | undefined;
    demand(hook !== undefined, `the check needs the hook faults.${name}`);
    await hook(...given);
  }

  /** Proves that nothing has come of a spawn: no create request, and no pod. */
  async demandNothingMade(name: string, what: string): Promise<void> {
    await this.wire?.settle();
    const found = await this.list();
    const creates = this.wire?.createCount ?? 0;
    demand(creates === 0, `${what}: nothing is to be sent, and the cloud got ${creates} create requests`);
    const pods = found.filter((pod) => pod.name === name).length;
    demand(pods === 0, `${what}: nothing is to be made, and the list shows ${pods} pods of that name`);
  }

  private providerAt(baseUrl: string | null, jobsUrl: string | null): Provider {
    const provider = this.options.provider({ baseUrl, jobsUrl });
    this.providers.push(provider);
    return provider;
  }

  /** Ends what the test has rented, whatever state it left the wire in. */
  private async tidy(): Promise<void> {
    this.wire?.clear();
    for (const call of this.calls) call.abort();
    const provider = this.another();
    try {
      if (this.loose.size > 0) {
        for (const pod of await this.list({}, provider)) if (this.loose.has(pod.name)) this.ids.add(pod.id);
      }
    } catch {
      // What could not be listed is the check's own matter.
    }
    await Promise.allSettled([...this.ids].map(async (id) => this.terminate(id, provider)));
    await Promise.allSettled(
      this.providers.map(async (of) =>
        inTime(of.close?.() ?? Promise.resolve(), this.patienceMs, 'close has not resolved'),
      ),
    );
  }
}

/** How a spawn is called, other than usual. */
export interface SpawnChanges {
  provider?: Provider;
  beforeSend?: () => void;
  abort?: AbortController;
}
