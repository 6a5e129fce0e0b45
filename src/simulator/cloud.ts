import { checkNumber, checkText } from './checks';
import type { SimulatorClock } from './clock';
import { keysOf } from './credentials';
import type { TimeWindow } from './credentials';
import { Trip, exchange } from './exchange';
import type { Call } from './exchange';
import type { Fault } from './faults';
import type { SimulatedEndpointHealth, SimulatedJob, SimulatedJobReference, SimulatedJobRequest } from './jobs';
import type { Ledger } from './ledger';
import { ledgerOf } from './ledgerView';
import type { OfferMatch, SimulatedGpuType } from './market';
import type { CallOptions, CallRecord } from './operations';
import { completeOptions } from './options';
import type { CompleteOptions, SimulatedCloudOptions } from './options';
import type { SimulatedPod, SimulatedPodRequest } from './pod';
import { completeRequest } from './podRequest';
import type { PodScript } from './script';
import { World } from './world';

/**
 * A pretend cloud in memory, without I/O. Its *calls* are what a client of a cloud can do: they need a credential, take time and meet faults. Its
 * *controls* and what it tells of itself are for tests: they are never faulted, and see everything.
 *
 * What is planned happens at its exact moment by the cloud's clock, whenever somebody looks. With the same options, seed, clock and calls,
 * everything is the same.
 *
 * Calls throw a `SimulatedFailure`; options and controls that make no sense a `PodkeeperError` `validation`, naming the field.
 */
export class SimulatedCloud {
  /** What everything here happens by. */
  readonly clock: SimulatorClock;
  /** How late list is, in ms, by the options. */
  readonly listLagMs: number;
  /** Which account its lists are of. One cloud is one account, unless a test says that its address leads to another. */
  account = 'simulated';
  /** What a client can sign its calls with: the first credential of the options, if there is any. */
  readonly credential: string | undefined;
  /** What every pod has cost. */
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

  /** Makes a pod. It isn't waited for: its state tells how far it is. */
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

  /** A pod at this moment. @throws SimulatedFailure `not_found` when there is no such pod, or it is no longer shown. */
  async get(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'get', call, (world) => world.fleet.requireShown(id, world.now()).pod);
  }

  /** All pods, in the order of their creation; those that have ended as long as `endedShownMs` says. */
  async list(call: CallOptions = {}): Promise<SimulatedPod[]> {
    return await this.call({
      operation: 'list',
      options: call,
      subject: null,
      effect: (world, met) => world.list(met),
    });
  }

  /** Stops a running pod; it goes on billing its disk. @throws SimulatedFailure `not_found`, `busy`, `conflict` */
  async stop(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'stop', call, (world, met) => world.ask(id, 'stop', met));
  }

  /** Starts a stopped pod again. @throws SimulatedFailure `not_found`, `busy`, `conflict` */
  async start(id: string, call: CallOptions = {}): Promise<SimulatedPod> {
    return await this.callAbout(id, 'start', call, (world, met) => world.ask(id, 'start', met));
  }

  /** Ends a pod. One that has ended already stays as it is. */
  async terminate(id: string, call: CallOptions = {}): Promise<void> {
    await this.callAbout(id, 'terminate', call, (world, met) => world.ask(id, 'terminate', met));
  }

  /** What is sold, with prices and stock of this moment. */
  async gpuTypes(call: CallOptions = {}): Promise<SimulatedGpuType[]> {
    const effect = (world: World) => world.market.gpuTypes();
    return await this.call({ operation: 'gpuTypes', options: call, subject: null, effect });
  }

  /** Runs it by the `jobs` of the options. */
  async submitJob(request: SimulatedJobRequest, call: CallOptions = {}): Promise<SimulatedJob> {
    const effect = (world: World) => world.jobs.submit(request, world.now());
    return await this.call({ operation: 'submitJob', options: call, subject: request.endpoint, effect });
  }

  /** How a job stands. Without `jobTimes`, this is when it completes. */
  async getJob(job: SimulatedJobReference, call: CallOptions = {}): Promise<SimulatedJob> {
    const effect = (world: World) => world.jobs.look(job, world.now());
    return await this.call({ operation: 'getJob', options: call, subject: subjectOf(job), effect });
  }

  /** A job that has ended stays as it is. @throws SimulatedFailure `not_found` */
  async cancelJob(job: SimulatedJobReference, call: CallOptions = {}): Promise<void> {
    const effect = (world: World) => world.jobs.cancel(job, world.now());
    await this.call({ operation: 'cancelJob', options: call, subject: subjectOf(job), effect });
  }

  /** Yields the parts of a job's output when they are there, and ends with the job. One call, however long it takes. */
  async *streamJob(job: SimulatedJobReference, call: CallOptions = {}): AsyncGenerator<unknown, void, undefined> {
    const effect = (world: World) => ({ world, first: world.jobs.look(job, world.now()) });
    const options = { operation: 'streamJob', options: call, subject: subjectOf(job), effect } as const;
    const { world, first } = await this.call(options);
    const trip = new Trip(world, () => this.world, call.signal);
    trip.executed = true;
    let [seen, state] = [0, first];
    for (;;) {
      for (const chunk of state.chunks.slice(seen)) yield chunk;
      seen = state.chunks.length;
      const next = world.jobs.nextChange(job, world.now());
      if (next === null && world.jobs.look(job, world.now()).chunks.length === seen) return;
      await trip.take(Math.max(0, (next ?? 0) - world.now()));
      state = world.jobs.look(job, world.now());
    }
  }

  /** Cancels the jobs of an endpoint that nobody has begun, and answers how many. */
  async purgeJobs(endpoint: string, call: CallOptions = {}): Promise<number> {
    const effect = (world: World) => world.jobs.purge(endpoint, world.now());
    return await this.call({ operation: 'purgeJobs', options: call, subject: endpoint, effect });
  }

  /** How the jobs of an endpoint stand. */
  async endpointHealth(endpoint: string, call: CallOptions = {}): Promise<SimulatedEndpointHealth> {
    const effect = (world: World) => {
      world.now();
      return world.jobs.health(endpoint);
    };
    return await this.call({ operation: 'endpointHealth', options: call, subject: endpoint, effect });
  }

  /** Says what becomes of pods that come into being from now on. */
  script(script: PodScript): void {
    this.world.scripts.add(script);
  }

  /** Lets things go wrong from now on. */
  inject(...faults: Fault[]): void {
    this.world.faults.add(faults, this.world.now());
  }

  /** The faults that are still to come. */
  faults(): Fault[] {
    return this.world.faults.left(this.world.now());
  }

  /** Takes back what was injected and hasn't hit yet. */
  clearFaults(): void {
    this.world.faults.clear();
  }

  /** Takes a pod away, as a cloud does with spot pods. @throws PodkeeperError `not_found`, `conflict` */
  preempt(id: string): void {
    this.world.fleet.force(id, 'preempt', this.world.now());
  }

  /** Lets a running pod's command exit. @throws PodkeeperError `not_found`, `conflict` */
  exit(id: string, code = 0): void {
    checkNumber('code', code, { most: 255, whole: true });
    this.world.fleet.force(id, 'exit', this.world.now(), { exitCode: code });
  }

  /** A pod's machine breaks down, now. @throws PodkeeperError `not_found`, `conflict` */
  fail(id: string, message = 'the machine broke down'): void {
    checkText('message', message);
    this.world.fleet.force(id, 'fail', this.world.now(), { failure: message });
  }

  /** Ends a pod as somebody at the cloud's own console would, in whatever state it is. @throws PodkeeperError `not_found` */
  end(id: string): void {
    this.world.fleet.force(id, 'terminate', this.world.now());
    this.world.now();
  }

  /** Changes what a pod costs, USD per hour. One that has ended stays as it is. @throws PodkeeperError `not_found` */
  reprice(id: string, hourlyPrice: number): void {
    checkNumber('hourlyPrice', hourlyPrice);
    const now = this.world.now();
    this.world.fleet.reprice(this.world.fleet.require(id), hourlyPrice, now);
  }

  /** Lets the cloud say a word of yours for a pod's state, from now on; `null` takes it back. @throws PodkeeperError `not_found` */
  showAs(id: string, word: string | null): void {
    if (word !== null) checkText('word', word);
    const now = this.world.now();
    this.world.fleet.require(id).change(now, { shownAs: word });
  }

  /** USD per hour for one GPU, or a CPU pod, for pods that come into being from now on. */
  setPrice(change: OfferMatch & { hourlyPrice: number }): void {
    this.world.market.setPrice(change);
  }

  /** How many GPUs, or CPU pods, are left. */
  setStock(change: OfferMatch & { stock: number }): void {
    this.world.market.setStock(change);
  }

  /** Makes a credential valid; from then on, calls need one. */
  setCredential(credential: string, window: TimeWindow = {}): void {
    this.world.credentials.set(credential, window, this.world.now());
  }

  /** Refuses a credential as `unauthorized`; `null`: all calls, with and without one. */
  revoke(credential: string | null, window: TimeWindow = {}): void {
    this.world.credentials.revoke(credential, window, this.world.now());
  }

  /** Makes the cloud as new, by its options; what was injected, scripted or set since is gone. Calls under way get no answer. */
  reset(): void {
    this.world = new World(this.options);
  }

  /** All pods that ever were, as they are, in the order of their creation. */
  pods(): SimulatedPod[] {
    this.world.now();
    return this.world.fleet.all().map(({ pod }) => pod);
  }

  /** A pod as it is, or as it was at a moment, ms since 1970; hidden or not. `undefined` before it came into being. */
  pod(id: string, at?: number): SimulatedPod | undefined {
    this.world.now();
    const life = this.world.fleet.find(id);
    return at === undefined ? life?.pod : life?.at(at);
  }

  /** All jobs as they are; looking at them so completes none. */
  jobs(): SimulatedJob[] {
    return this.world.jobs.all(this.world.now());
  }

  /** The calls that arrived, in order. */
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
