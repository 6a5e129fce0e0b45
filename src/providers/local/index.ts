import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError, isPodkeeperError, messageOf, type ErrorKind, type Pod, type PodSpec } from '../../model';
import type {
  CallContext,
  Capability,
  ListFilter,
  LogLine,
  LogOptions,
  PausableProvider,
  PodRequest,
} from '../contract';
import { identityFrom } from '../accountIdentity';
import { fitsFilter } from '../listFilter';
import { cgroupProcesses, pruneCgroups } from './cgroups';
import { UNPROVEN, type Containment, type ContainmentKind } from './containment';
import { describePod, isStarting, needsSecondLook } from './describe';
import { endPod, resumePod, suspendPod } from './ending';
import { findContainment } from './findContainment';
import { guarded } from './guarded';
import { conflict, findLauncher, launch } from './launch';
import { readLogs } from './logs';
import { podMembers, processTable, type ProcessInfo, type ProcessTable } from './processes';
import { pruneEnded } from './prune';
import { checkFields, checkRequest } from './request';
import {
  cgroupOf,
  FILES,
  isPodName,
  readState,
  readStateIfPossible,
  readStates,
  requestEnd,
  writeEnd,
  type PodState,
} from './state';

export type { ContainmentKind } from './containment';

/** Where local pods are kept, what they are said to cost, and how they end. */
export interface LocalProviderOptions {
  /** Where the pods' directories are. Default: `PODKEEPER_LOCAL_DIRECTORY`, else `~/.podkeeper/local`. */
  directory?: string;
  /** What a pod is said to cost, in USD per hour. Default 0. */
  hourlyPrice?: number;
  /** How long a pod may take to end after SIGTERM before it is killed, in ms. Default 5,000. */
  stopGraceMs?: number;
  /** For how long SIGKILLs are repeated before an end is reported as failed, in ms. Default 10,000. */
  giveUpMs?: number;
  /** What holds a pod together. Default: the first of `cgroup2`, `freezer`, `pid_namespace` and `marker` that this machine allows. */
  containment?: ContainmentKind;
  /** Another launcher program than the package's own. */
  launcherPath?: string;
}

/**
 * Local pods: each is a real process on this machine, with all that descends from it, under a small launcher process
 * that ends it at its last moment, whoever else is alive by then. Needs no account and costs nothing; Linux and macOS.
 *
 * All providers on one machine see the same pods, whatever their directory: a pod is *every process that carries
 * `PODKEEPER_POD=<name>` in its environment*.
 *
 * @throws PodkeeperError `unsupported` on another system.
 */
export function createLocalProvider(options: LocalProviderOptions = {}): PausableProvider {
  const table = processTable();
  if (table === undefined) {
    const instead = 'choose another provider, or run the worker in WSL or a container';
    const message = `local pods need Linux or macOS, and this is ${process.platform}: ${instead}`;
    throw new PodkeeperError('unsupported', message, { provider: 'local', refused: true });
  }
  return new LocalProvider(table, options);
}

/** Where the directories of local pods are, unless a provider was told another place. */
export function localDirectory(directory?: string): string {
  return resolve(directory ?? (process.env['PODKEEPER_LOCAL_DIRECTORY'] || join(homedir(), '.podkeeper', 'local')));
}

/**
 * The file to which a local pod's command writes its output. It holds the newest of it, 8 MiB at most, and is kept for 7 days after the pod's end.
 *
 * @throws PodkeeperError `validation` when no pod can have that name.
 */
export function podLogPath(directory: string, name: string): string {
  if (isPodName(name)) return join(directory, name, FILES.log);
  throw new PodkeeperError('validation', `no local pod can have the name '${name}'`, { provider: 'local' });
}

const DEFAULT_STOP_GRACE_MS = 5_000;
const DEFAULT_GIVE_UP_MS = 10_000;
/** Between two looks at the same absence, ms: longer than it takes a program to be replaced by another. */
const SECOND_LOOK_MS = 30;
/** How often a pod whose end nobody has recorded is looked for while its output is followed, ms. */
const END_LOOK_MS = 5_000;

class LocalProvider implements PausableProvider {
  readonly name = 'local';
  // `http_proxy`: a port of protocol http is reached by its URL.
  readonly capabilities: ReadonlySet<Capability> = new Set(['cpu', 'command', 'http_proxy', 'raw_tcp', 'stop', 'logs']);
  // The list shows a pod from its `mkdir` on and asks the system itself: what it lags is the time of its own scan, on a
  // busy machine.
  readonly listLagMs = 2_000;

  private readonly table: ProcessTable;
  private readonly directory: string;
  private readonly hourlyPrice: number;
  private readonly stopGraceMs: number;
  private readonly giveUpMs: number;
  private readonly launcherPath: string | undefined;
  private readonly wanted: ContainmentKind | undefined;
  private found: Promise<Containment> | undefined;

  constructor(table: ProcessTable, options: LocalProviderOptions) {
    this.table = table;
    this.directory = localDirectory(options.directory);
    this.hourlyPrice = options.hourlyPrice ?? 0;
    this.stopGraceMs = options.stopGraceMs ?? DEFAULT_STOP_GRACE_MS;
    this.giveUpMs = options.giveUpMs ?? DEFAULT_GIVE_UP_MS;
    this.launcherPath = options.launcherPath;
    this.wanted = options.containment;
  }

  check(spec: PodSpec): void {
    checkFields(spec);
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    checkRequest(request, Date.now());
    const launcherPath = this.launcherPath ?? findLauncher();
    const members = await this.beforeClaim(context.signal);
    // The directory tells this only of pods made in this one; another provider may use another.
    if (members.has(request.name)) throw conflict(request.name);
    const containment = await this.containment();
    this.prune(members, containment);
    await launch(request, {
      directory: this.directory,
      launcherPath,
      hourlyPrice: this.hourlyPrice,
      stopGraceMs: this.stopGraceMs,
      environment: process.env,
      bootId: this.table.bootId(),
      containment,
      beforeSend: context.beforeSend,
      signal: context.signal,
    });
    return await this.afterLaunch(request.name, context.signal);
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    const [pod] = await guarded(context.signal, () => this.survey(id));
    if (pod !== undefined) return pod;
    throw new PodkeeperError('not_found', `no local pod has the id '${id}'`, { provider: 'local' });
  }

  /** A machine, since it was last started, and the directory where its pods are kept. */
  async accountIdentity(): Promise<string> {
    return await Promise.resolve(identityFrom('local', this.table.bootId() ?? '', this.directory));
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const pods = await guarded(context.signal, () => this.survey());
    return pods.filter((pod) => fitsFilter(pod, filter));
  }

  /** Suspends the pod's processes: memory, ports and open connections stay. Its last moment holds all the same. */
  async stop(id: string, context: CallContext): Promise<void> {
    const stopped = await guarded(context.signal, () => suspendPod(this.table, id, context.signal));
    if (!stopped) throw notRunning(id, 'stopped');
  }

  async start(id: string, context: CallContext): Promise<void> {
    const started = await guarded(context.signal, () => resumePod(this.table, id, context.signal));
    if (!started) throw notRunning(id, 'started');
  }

  /**
   * Ends the pod's processes and resolves when none is left but, where that is one of them, the calling process: it is
   * never signalled by itself.
   *
   * @throws PodkeeperError `provider` when some outlive SIGKILL or may not be signalled, `timeout` when the call was
   * given up before.
   */
  async terminate(id: string, context: CallContext): Promise<void> {
    const left = await guarded(context.signal, () => {
      if (isPodName(id)) requestEnd(join(this.directory, id));
      const { stopGraceMs: graceMs, giveUpMs } = this;
      const cgroup = cgroupOf(readStateIfPossible(this.directory, id));
      return endPod(this.table, id, { graceMs, giveUpMs, signal: context.signal, cgroup });
    });
    if (left !== null) {
      const why = 'outlived SIGKILL, or may be signalled by another user only';
      const message = `local pod ${id} has not ended: ${left} ${why}`;
      throw new PodkeeperError('provider', message, { provider: 'local' });
    }
    this.sealEnd(id);
  }

  /**
   * The pod's output by its lines, without their times; that of a pod that has ended, too, for as long as its directory is kept.
   *
   * @throws PodkeeperError `not_found` for a pod that was never here, or too long ago; `provider` where another directory than ours has its output.
   */
  async *logs(id: string, options: LogOptions, context: CallContext): AsyncGenerator<LogLine, void, undefined> {
    await this.get(id, context);
    if (readStateIfPossible(this.directory, id) === undefined) {
      const message = `local pod ${id} lives, but its output is not under ${this.directory}: name the directory of the worker that made it`;
      throw new PodkeeperError('provider', message, { provider: 'local' });
    }
    const pod = { name: id, directory: join(this.directory, id), hasEnded: this.endWatch(id, context.signal) };
    try {
      yield* readLogs(pod, options, context.signal);
    } catch (error) {
      if (isPodkeeperError(error)) throw error;
      const message = `the output of local pod ${id} can't be read: ${messageOf(error)}`;
      throw new PodkeeperError('provider', message, { provider: 'local', cause: error });
    }
  }

  /** What goes wrong here goes wrong before anything is made. */
  private async beforeClaim(signal: AbortSignal): Promise<Map<string, ProcessInfo[]>> {
    // The processes may be listed the next time; a directory that can't be made needs a person.
    let kind: ErrorKind = 'transport';
    try {
      const members = await guarded(signal, () => this.members());
      kind = 'provider';
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      return members;
    } catch (error) {
      const message = `nothing was started: ${messageOf(error)}`;
      throw new PodkeeperError(kind, message, { provider: 'local', refused: true, cause: error });
    }
  }

  /** Tried once: what a machine allows doesn't change under a worker. */
  private async containment(): Promise<Containment> {
    this.found ??= findContainment(this.wanted).then((found) => {
      if (found.by !== this.wanted && found.by === 'marker')
        process.emitWarning(`of local pods: ${UNPROVEN}`, 'Podkeeper');
      return found;
    });
    return await this.found;
  }

  private prune(members: ReadonlyMap<string, ProcessInfo[]>, containment: Containment): void {
    pruneEnded(this.directory, new Set(members.keys()), Date.now());
    if ('pods' in containment) pruneCgroups(containment.pods);
  }

  /** The pod exists, so this answers whatever happens: an error would leave that open. */
  private async afterLaunch(name: string, signal: AbortSignal): Promise<Pod> {
    try {
      return await this.get(name, { signal });
    } catch {
      const state = readStateIfPossible(this.directory, name);
      const statusDetail = 'started, but the processes could not be listed';
      return { ...describePod(name, [], state, Date.now(), null), status: 'unknown', statusDetail };
    }
  }

  /** All pods, or the one of a name: those with processes, and those with a directory. */
  private async survey(name?: string): Promise<Pod[]> {
    const members = await this.members();
    // Read after the scan: a pod that ends in between is found ended, not found missing.
    const states = await this.states(name);
    const missing = [...states.values()].filter(
      (state) => !members.has(state.name) && needsSecondLook(state, Date.now()),
    );
    if (missing.length > 0) {
      await pause(SECOND_LOOK_MS);
      const again = await this.members();
      for (const { name: of } of missing) {
        members.set(of, again.get(of) ?? this.inCgroup(states.get(of)));
        const state = readState(this.directory, of);
        if (state !== undefined) states.set(of, state);
      }
    }
    const names = name === undefined ? new Set([...states.keys(), ...members.keys()]) : [name];
    const bootId = this.table.bootId();
    return [...names]
      .filter((of) => states.has(of) || members.has(of))
      .map((of) => describePod(of, members.get(of) ?? [], states.get(of), Date.now(), bootId));
  }

  /** What a scan can miss, because it forks at each look, the system has in the pod's cgroup. */
  private inCgroup(state: PodState | undefined): ProcessInfo[] {
    const pids = cgroupProcesses(cgroupOf(state) ?? '');
    return pids.flatMap((pid) => this.table.inspect(pid) ?? []);
  }

  private async members(): Promise<Map<string, ProcessInfo[]>> {
    return podMembers(await this.table.scan());
  }

  private async states(name: string | undefined): Promise<Map<string, PodState>> {
    if (name === undefined) return new Map((await readStates(this.directory)).map((state) => [state.name, state]));
    const state = readState(this.directory, name);
    return new Map(state === undefined ? [] : [[name, state]]);
  }

  /** Answers whether a pod has ended: by its record, or at times by a look at the processes, should nobody be left to write one. */
  private endWatch(id: string, signal: AbortSignal): () => Promise<boolean> {
    let lookedAt = -Infinity;
    return async () => {
      if (readStateIfPossible(this.directory, id)?.end?.proven === true) return true;
      if (performance.now() - lookedAt < END_LOOK_MS || signal.aborted) return false;
      const [pod] = await this.survey(id);
      lookedAt = performance.now();
      return pod === undefined || pod.status === 'terminated';
    };
  }

  /**
   * Writes down that nothing is left, where the launcher didn't: later lists take it from there. Not while a launcher may be on its way: it starts nothing
   * any more, and says so, but it is a process of this pod.
   */
  private sealEnd(id: string): void {
    const state = readStateIfPossible(this.directory, id);
    if (state === undefined || state.end?.proven === true || isStarting(state, Date.now())) return;
    const none = { reason: 'on_request' as const, exitCode: null, signal: null };
    try {
      writeEnd(join(this.directory, id), { ...none, ...state.end, at: new Date().toISOString(), proven: true });
    } catch {
      // It has ended all the same; lists will look twice.
    }
  }
}

function notRunning(id: string, what: string): PodkeeperError {
  const message = `local pod ${id} has no command that could be ${what}: it has ended, or is about to start`;
  return new PodkeeperError('not_found', message, { provider: 'local' });
}
