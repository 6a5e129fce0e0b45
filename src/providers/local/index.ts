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
import { fitsFilter, identityFrom } from '../lists';
import { cgroupProcesses, pruneCgroups } from './cgroups';
import { UNPROVEN, type Containment, type ContainmentKind } from './containment';
import { describePod, isStarting, needsSecondScan } from './describe';
import { endPod, resumePod, suspendPod } from './ending';
import { findContainment } from './findContainment';
import { withinCall } from './withinCall';
import { podMembers, processTable, type ProcessInfo, type ProcessTable } from './processes';
import { conflict, findLauncher, launch } from './launch';
import { readLogs } from './logs';
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

/** Options of the local provider. */
export interface LocalProviderOptions {
  /** Where the pods' directories are. Default: `PODKEEPER_LOCAL_DIRECTORY`, or `~/.podkeeper/local`. */
  directory?: string;
  /** A pod's price for reports, USD per hour. Default: 0. */
  hourlyPrice?: number;
  /** Time from SIGTERM to SIGKILL, ms. Default: 5,000. */
  stopGraceMs?: number;
  /** How long SIGKILL is repeated before an end is reported as failed, ms. Default: 10,000. */
  giveUpMs?: number;
  /** How a pod's processes are contained. Default: the first of `cgroup2`, `freezer`, `pid_namespace` and `marker` that works on this machine. */
  containment?: ContainmentKind;
  /** Path of the launcher program. Default: the package's own. */
  launcherPath?: string;
}

/**
 * Local pods: each is a process on this machine with all its descendants, under a small launcher process. The launcher ends the pod at its deadline, even if
 * nothing else of Podkeeper runs any more. Needs no account and costs nothing. For Linux and macOS.
 *
 * All local providers on one machine see the same pods, whatever their directory: a pod is *every process with `PODKEEPER_POD=<name>` in its environment*.
 *
 * @throws PodkeeperError `unsupported` on another operating system.
 */
export function createLocalProvider(options: LocalProviderOptions = {}): PausableProvider {
  const table = processTable();
  if (table === undefined) {
    const instead = 'choose another provider, or run the worker in WSL or a container';
    const message = `local pods need Linux or macOS, but this is ${process.platform}: ${instead}`;
    throw new PodkeeperError('unsupported', message, { provider: 'local', refused: true });
  }
  return new LocalProvider(table, options);
}

/** The directory of local pods: the given one, or the default. */
export function localDirectory(directory?: string): string {
  return resolve(directory ?? (process.env['PODKEEPER_LOCAL_DIRECTORY'] || join(homedir(), '.podkeeper', 'local')));
}

/**
 * The file to which a local pod's command writes its output. It holds the newest output, at most 8 MiB, and is kept for 7 days after the pod's end.
 *
 * @throws PodkeeperError `validation` if a pod can't have that name.
 */
export function podLogPath(directory: string, name: string): string {
  if (isPodName(name)) return join(directory, name, FILES.log);
  throw new PodkeeperError(
    'validation',
    `'${name}' is not a valid name of a local pod: use 1 to 63 letters, digits, dots, hyphens and underscores`,
    { provider: 'local' },
  );
}

const DEFAULT_STOP_GRACE_MS = 5_000;
const DEFAULT_GIVE_UP_MS = 10_000;
/** Time between two scans for a missing pod, ms: longer than an `exec` takes. */
const SECOND_SCAN_MS = 30;
/** While output is followed: how often to scan for a pod without an end record, ms. */
const END_SCAN_MS = 5_000;

class LocalProvider implements PausableProvider {
  readonly name = 'local';
  // `http_proxy`: a port with protocol http has a URL.
  readonly capabilities: ReadonlySet<Capability> = new Set(['cpu', 'command', 'http_proxy', 'raw_tcp', 'stop', 'logs']);
  // The list shows a pod from its `mkdir` on, and reads the system itself. It lags by the duration of a scan on a busy machine.
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
    // By processes: another provider on this machine may use another directory.
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
    const [pod] = await withinCall(context.signal, () => this.survey(id));
    if (pod !== undefined) return pod;
    throw new PodkeeperError('not_found', `there is no local pod with the id '${id}'`, { provider: 'local' });
  }

  /** The machine's boot, and the directory of its pods. */
  async accountIdentity(): Promise<string> {
    return await Promise.resolve(identityFrom('local', this.table.bootId() ?? '', this.directory));
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const pods = await withinCall(context.signal, () => this.survey());
    return pods.filter((pod) => fitsFilter(pod, filter));
  }

  /** Suspends the pod's processes. Memory, ports and open connections stay. The deadline still applies. */
  async stop(id: string, context: CallContext): Promise<void> {
    const stopped = await withinCall(context.signal, () => suspendPod(this.table, id, context.signal));
    if (!stopped) throw notRunning(id, 'stopped');
  }

  async start(id: string, context: CallContext): Promise<void> {
    const started = await withinCall(context.signal, () => resumePod(this.table, id, context.signal));
    if (!started) throw notRunning(id, 'started');
  }

  /**
   * Ends the pod's processes and resolves when none is left, except the calling process if it is one of them.
   *
   * @throws PodkeeperError `provider` if some survive SIGKILL or may not be signalled, `timeout` if the signal aborts first.
   */
  async terminate(id: string, context: CallContext): Promise<void> {
    const left = await withinCall(context.signal, () => {
      if (isPodName(id)) requestEnd(join(this.directory, id));
      const { stopGraceMs: graceMs, giveUpMs } = this;
      const cgroup = cgroupOf(readStateIfPossible(this.directory, id));
      return endPod(this.table, id, { graceMs, giveUpMs, signal: context.signal, cgroup });
    });
    if (left !== null) {
      const why = 'survived SIGKILL, or belongs to another user';
      const message = `local pod ${id} has not ended: ${left} ${why}`;
      throw new PodkeeperError('provider', message, { provider: 'local' });
    }
    this.recordProvenEnd(id);
  }

  /**
   * The pod's output lines, without times. Also for an ended pod, as long as its directory is kept.
   *
   * @throws PodkeeperError `not_found` for an unknown pod or one whose directory was removed; `provider` if its output is in another directory.
   */
  async *logs(id: string, options: LogOptions, context: CallContext): AsyncGenerator<LogLine, void, undefined> {
    await this.get(id, context);
    if (readStateIfPossible(this.directory, id) === undefined) {
      const message = `local pod ${id} is running, but its output is not under ${this.directory}: set the account's directory to that of the worker that created the pod`;
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

  /** Runs before anything is created, so its errors are refusals. */
  private async beforeClaim(signal: AbortSignal): Promise<Map<string, ProcessInfo[]>> {
    // A failed scan can be retried. A directory that can't be created needs a person.
    let kind: ErrorKind = 'transport';
    try {
      const members = await withinCall(signal, () => this.members());
      kind = 'provider';
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      return members;
    } catch (error) {
      const message = `nothing was started: ${messageOf(error)}`;
      throw new PodkeeperError(kind, message, { provider: 'local', refused: true, cause: error });
    }
  }

  /** Tried once per worker: what a machine allows doesn't change. */
  private async containment(): Promise<Containment> {
    this.found ??= findContainment(this.wanted).then((found) => {
      if (found.by !== this.wanted && found.by === 'marker')
        process.emitWarning(`local pods: ${UNPROVEN}`, 'Podkeeper');
      return found;
    });
    return await this.found;
  }

  private prune(members: ReadonlyMap<string, ProcessInfo[]>, containment: Containment): void {
    pruneEnded(this.directory, new Set(members.keys()), Date.now());
    if ('pods' in containment) pruneCgroups(containment.pods);
  }

  /** Never throws: the pod exists, and an error would make its create's outcome unknown. */
  private async afterLaunch(name: string, signal: AbortSignal): Promise<Pod> {
    try {
      return await this.get(name, { signal });
    } catch {
      const state = readStateIfPossible(this.directory, name);
      const statusDetail = 'started, but its processes could not be listed';
      return { ...describePod(name, [], state, Date.now(), null), status: 'unknown', statusDetail };
    }
  }

  /** All pods with processes or a directory, or the one with the given name. */
  private async survey(name?: string): Promise<Pod[]> {
    const members = await this.members();
    // Read after the scan, so that a pod that ends in between is found as ended, not as missing.
    const states = await this.states(name);
    const missing = [...states.values()].filter(
      (state) => !members.has(state.name) && needsSecondScan(state, Date.now()),
    );
    if (missing.length > 0) {
      await pause(SECOND_SCAN_MS);
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

  /** The processes in a pod's cgroup. A scan can miss a process that forks constantly; the cgroup can't. */
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

  /** Makes a check whether a pod has ended: by its record and, every 5 s, by its processes, in case its launcher was killed. */
  private endWatch(id: string, signal: AbortSignal): () => Promise<boolean> {
    let scannedAt = -Infinity;
    return async () => {
      if (readStateIfPossible(this.directory, id)?.end?.proven === true) return true;
      if (performance.now() - scannedAt < END_SCAN_MS || signal.aborted) return false;
      const [pod] = await this.survey(id);
      scannedAt = performance.now();
      return pod === undefined || pod.status === 'terminated';
    };
  }

  /**
   * Records the proven end for later lists, if the launcher didn't. Not while a launcher may still be starting: it won't start the command, but it is a
   * process of this pod.
   */
  private recordProvenEnd(id: string): void {
    const state = readStateIfPossible(this.directory, id);
    if (state === undefined || state.end?.proven === true || isStarting(state, Date.now())) return;
    const none = { reason: 'on_request' as const, exitCode: null, signal: null };
    try {
      writeEnd(join(this.directory, id), { ...none, ...state.end, at: new Date().toISOString(), proven: true });
    } catch {
      // The pod has ended anyway. Lists will scan twice for it.
    }
  }
}

function notRunning(id: string, what: string): PodkeeperError {
  const message = `local pod ${id} has no command that could be ${what}: it has ended, or hasn't started yet`;
  return new PodkeeperError('not_found', message, { provider: 'local' });
}
