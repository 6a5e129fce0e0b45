import { checkNumber, checkText } from './checks';
import type { SimulatorClock } from './clock';
import { keysOf } from './credentials';
import type { TimeWindow } from './credentials';
import { CallWaits, exchange } from './exchange';
import type { Call } from './exchange';
import type { Fault } from './faults';
import type { SimulatedEndpointHealth, SimulatedJob, SimulatedJobReference, SimulatedJobRequest } from './jobs';
import type { Ledger } from './ledger';
import { ledgerOf } from './ledgerBook';
import type { OfferMatch, SimulatedGpuType } from './market';
import type { CallOptions, CallRecord } from './operations';
import { completeOptions } from './options';
import type { CompleteOptions, SimulatedCloudOptions } from './options';
import type { SimulatedPod, SimulatedPodRequest } from './pod';
import { completeRequest } from './podRequest';
import type { PodScript } from './script';
import { World } from './world';

/**
 * A simulated cloud in memory, without I/O. Its *calls* are those of a cloud's API: they need a credential, take time and can fail by injected faults. Its
 * *controls* and read-outs are for tests: they never fail by faults, and show everything.
 *
 * Planned changes take effect at their exact time on the cloud's clock. The same options, seed, clock and calls always give the same results.
 *
 * Calls throw a `SimulatedFailure`. Invalid options and controls throw a `PodkeeperError` `validation`, naming the field.
 */
export class SimulatedCloud {
  /** The cloud's clock. */
  readonly clock: SimulatorClock;
  /** The option `listLagMs`, ms. */
  readonly listLagMs: number;
  /** The account's id. Tests can change it, to simulate an address that leads to another account. */
  account = 'simulated';
  /** A valid credential for calls: the first one of the options, if any. */
  readonly credential: string | undefined;
  /** The billing ledger of all pods. */
  readonly ledger: Ledger;
  private readonly options: CompleteOptions;
  private world: World;

  /** @throws PodkeeperError `validation`, naming the option */
  constructor(options: SimulatedCloudOptions = {}) {
    this.options = completeOptions(options);
    this.clock = this.options.clock;
    this.listLagMs = this.options.listLagMs;
    this.credential = keysOf(this.options.credentials)?.[0]?.key;
    this.world = new World(this.options);
    this.ledger = ledgerOf(() => this.world);
  }

  /** Creates a pod. Doesn't wait until it runs. */
  async create(request: SimulatedPodRequest, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.call({
      operation: 'create',
      options: call,
      subject: request.name,
      podName: () => request.name,
      effect: (world, _met, at) => world.create(completeRequest(request), { key: call.credential, at }),
      later: (world, lateMs, at) => world.createLate(completeRequest(request), { key: call.credential, at }, lateMs),
    });
  }

  /** Reads a pod. @throws SimulatedFailure `not_found` if there is no such pod, or it is no longer shown. */
  async get(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'get', call, (world) => world.fleet.requireShown(id, world.now()).pod);
  }

  /** Lists all pods in the order of their creation, including ended ones for `endedShownMs`. */
  async list(call: CallOptions = {}): Promise<SimulatedPod[]> {
    return await this.call({
      operation: 'list',
      options: call,
      subject: null,
      effect: (world, met) => world.list(met),
    });
  }

  /** Stops a running pod. Its disk is still billed. @throws SimulatedFailure `not_found`, `busy`, `conflict` */
  async stop(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'stop', call, (world, met) => world.ask(id, 'stop', met));
  }

  /** Starts a stopped pod again. @throws SimulatedFailure `not_found`, `busy`, `conflict` */
  async start(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'start', call, (world, met) => world.ask(id, 'start', met));
  }

  /** Ends a pod. Has no effect on an ended one. */
  async terminate(id: string, call: CallOptions = {}): Promise<void> {
    await this.callAbout(id, 'terminate', call, (world, met) => world.ask(id, 'terminate', met));
  }

  /** Lists the GPU types with current prices and stock. */
  async gpuTypes(call: CallOptions = {}): Promise<SimulatedGpuType[]> {
    const effect = (world: World) => world.market.gpuTypes();
    return await this.call({ operation: 'gpuTypes', options: call, subject: null, effect });
  }

  /** Submits a job. The option `jobs` runs it. */
  async submitJob(request: SimulatedJobRequest, call: CallOptions = {}): Promise<SimulatedJob> {
    const effect = (world: World) => world.jobs.submit(request, world.now());
    return await this.call({ operation: 'submitJob', options: call, subject: request.endpoint, effect });
  }

  /** Reads a job. Without the option `jobTimes`, this call completes it. */
  async getJob(job: SimulatedJobReference, call: CallOptions = {}): Promise<SimulatedJob> {
    const effect = (world: World) => world.jobs.read(job, world.now());
    return await this.call({ operation: 'getJob', options: call, subject: subjectOf(job), effect });
  }

  /** Cancels a job. Has no effect on an ended one. @throws SimulatedFailure `not_found` */
  async cancelJob(job: SimulatedJobReference, call: CallOptions = {}): Promise<void> {
    const effect = (world: World) => world.jobs.cancel(job, world.now());
    await this.call({ operation: 'cancelJob', options: call, subject: subjectOf(job), effect });
  }

  /** Yields the parts of a job's output as they appear, until the job has ended. Counts as one call. */
  async *streamJob(job: SimulatedJobReference, call: CallOptions = {}): AsyncGenerator<unknown, void, undefined> {
    const effect = (world: World) => ({ world, first: world.jobs.read(job, world.now()) });
    const options = { operation: 'streamJob', options: call, subject: subjectOf(job), effect } as const;
    const { world, first } = await this.call(options);
    const waits = new CallWaits(world, () => this.world, call.signal);
    waits.executed = true;
    let [seen, state] = [0, first];
    for (;;) {
      for (const chunk of state.chunks.slice(seen)) yield chunk;
      seen = state.chunks.length;
      const next = world.jobs.nextChange(job, world.now());
      if (next === null && world.jobs.read(job, world.now()).chunks.length === seen) return;
      await waits.take(Math.max(0, (next ?? 0) - world.now()));
      state = world.jobs.read(job, world.now());
    }
  }

  /** Cancels an endpoint's queued jobs. Returns how many. */
  async purgeJobs(endpoint: string, call: CallOptions = {}): Promise<number> {
    const effect = (world: World) => world.jobs.purge(endpoint, world.now());
    return await this.call({ operation: 'purgeJobs', options: call, subject: endpoint, effect });
  }

  /** Counts an endpoint's jobs by state. */
  async endpointHealth(endpoint: string, call: CallOptions = {}): Promise<SimulatedEndpointHealth> {
    const effect = (world: World) => {
      world.now();
      return world.jobs.health(endpoint);
    };
    return await this.call({ operation: 'endpointHealth', options: call, subject: endpoint, effect });
  }

  /** Scripts what happens to pods created from now on. */
  script(script: PodScript): void {
    this.world.scripts.add(script);
  }

  /** Adds faults. */
  inject(...faults: Fault[]): void {
    this.world.faults.add(faults, this.world.now());
  }

  /** The faults that haven't been used up. */
  faults(): Fault[] {
    return this.world.faults.left(this.world.now());
  }

  /** Removes all faults that haven't been used up. */
  clearFaults(): void {
    this.world.faults.clear();
  }

  /** Preempts a pod, as clouds do with spot pods. @throws PodkeeperError `not_found`, `conflict` */
  preempt(id: string): void {
    this.world.fleet.force(id, 'preempt', this.world.now());
  }

  /** Makes a running pod's command exit. @throws PodkeeperError `not_found`, `conflict` */
  exit(id: string, code = 0): void {
    checkNumber('code', code, { most: 255, whole: true });
    this.world.fleet.force(id, 'exit', this.world.now(), { exitCode: code });
  }

  /** Makes a pod's machine fail. @throws PodkeeperError `not_found`, `conflict` */
  fail(id: string, message = 'the machine broke down'): void {
    checkText('message', message);
    this.world.fleet.force(id, 'fail', this.world.now(), { failure: message });
  }

  /** Ends a pod in any state, as a person at the cloud's console could. @throws PodkeeperError `not_found` */
  end(id: string): void {
    this.world.fleet.force(id, 'terminate', this.world.now());
    this.world.now();
  }

  /** Changes a pod's price, USD per hour. Has no effect on an ended one. @throws PodkeeperError `not_found` */
  reprice(id: string, hourlyPrice: number): void {
    checkNumber('hourlyPrice', hourlyPrice);
    const now = this.world.now();
    this.world.fleet.reprice(this.world.fleet.require(id), hourlyPrice, now);
  }

  /** Makes the cloud show `word` as a pod's state from now on; `null` shows the real state again. @throws PodkeeperError `not_found` */
  showAs(id: string, word: string | null): void {
    if (word !== null) checkText('word', word);
    const now = this.world.now();
    this.world.fleet.require(id).change(now, { shownAs: word });
  }

  /** Sets the price of one GPU, or of a CPU pod, for pods created from now on, USD per hour. */
  setPrice(change: OfferMatch & { hourlyPrice: number }): void {
    this.world.market.setPrice(change);
  }

  /** Sets how many GPUs, or CPU pods, are left. */
  setStock(change: OfferMatch & { stock: number }): void {
    this.world.market.setStock(change);
  }

  /** Adds a valid credential. From then on, calls need one. */
  setCredential(credential: string, window: TimeWindow = {}): void {
    this.world.credentials.set(credential, window, this.world.now());
  }

  /** Makes calls with a credential fail as `unauthorized`; `null`: all calls, with and without one. */
  revoke(credential: string | null, window: TimeWindow = {}): void {
    this.world.credentials.revoke(credential, window, this.world.now());
  }

  /** Resets the cloud to its options. Pods, faults, scripts and settings added since are removed. Calls in flight get no answer. */
  reset(): void {
    this.world = new World(this.options);
  }

  /** All pods ever created, in order. */
  pods(): SimulatedPod[] {
    this.world.now();
    return this.world.fleet.all().map(({ pod }) => pod);
  }

  /** A pod's true state now, or at a time, ms since 1970. `undefined` before its creation. */
  pod(id: string, at?: number): SimulatedPod | undefined {
    this.world.now();
    const life = this.world.fleet.find(id);
    return at === undefined ? life?.pod : life?.at(at);
  }

  /** All jobs. Unlike `getJob`, this completes none. */
  jobs(): SimulatedJob[] {
    return this.world.jobs.all(this.world.now());
  }

  /** The calls that arrived at the cloud, in order. */
  calls(): CallRecord[] {
    return this.world.calls();
  }

  private async callAbout<T>(
    id: string,
    operation: 'get' | 'stop' | 'start' | 'terminate',
    options: CallOptions,
    effect: Call<T>['effect'],
  ): Promise<T> {
    const podName = (world: World) => world.fleet.find(id)?.pod.name;
    return await this.call({ operation, options, subject: id, podName, effect });
  }

  private async call<T>(call: Call<T>): Promise<T> {
    return await exchange(call, () => this.world);
  }
}

function subjectOf({ endpoint, id }: SimulatedJobReference): string {
  return `${endpoint}/${id}`;
}
