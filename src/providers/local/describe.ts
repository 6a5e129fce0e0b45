import type { ErrorKind, Pod } from '../../model';
import { UNPROVEN } from './containment';
import type { ProcessInfo } from './processInfo';
import { mayStart, type EndRecord, type PodState } from './state';

type StatusAndDetail = Pick<Pod, 'status' | 'statusDetail' | 'unstarted'>;

/**
 * Describes a pod. Whether it runs is decided by its processes only. The rest comes from its directory, if it has one.
 *
 * The id is the name. An exclusive `mkdir` ensures that a name means one pod only. Unlike a pid, the name is known before anything runs and after
 * everything has ended.
 */
export function describePod(
  name: string,
  members: readonly ProcessInfo[],
  state: PodState | undefined,
  now: number,
  bootId: string | null,
): Pod {
  const status = members.length > 0 ? statusOfLiving(members, state) : statusOfAbsent(state, now, bootId);
  return {
    id: name,
    name,
    provider: 'local',
    ...status,
    endpoints: state?.facts?.endpoints ?? [],
    gpu: null,
    gpuCount: 0,
    image: null,
    hourlyPrice: state?.facts?.hourlyPrice ?? null,
    region: null,
    createdAt: state?.facts?.createdAt ?? null,
    exitCode: state?.end?.exitCode ?? null,
  };
}

/**
 * Whether a pod that has no processes in one scan needs a second scan before it counts as ended: its end isn't proven, and a scan can miss a process that
 * forks or execs meanwhile.
 */
export function needsSecondScan(state: PodState, now: number): boolean {
  return state.end?.proven !== true && !isStarting(state, now);
}

/** Whether its launcher may still be about to start, or to report its start. */
export function isStarting(state: PodState, now: number): boolean {
  return state.start === undefined && state.end === undefined && mayStart(state.claimedAt, now);
}

function statusOfLiving(members: readonly ProcessInfo[], state: PodState | undefined): StatusAndDetail {
  const commands = members.filter((member) => !member.launcher);
  if (state?.end !== undefined) {
    return { status: 'running', statusDetail: `${describeEnd(state.end)}; its remaining processes are being ended` };
  }
  if (commands.length === 0 && state?.start === undefined) {
    return { status: 'provisioning', statusDetail: 'its command is about to start' };
  }
  if (commands.length > 0 && commands.every((member) => member.suspended)) {
    return { status: 'stopped', statusDetail: 'suspended' };
  }
  return { status: 'running', statusDetail: unprovenOf(state) ?? null };
}

function statusOfAbsent(state: PodState | undefined, now: number, bootId: string | null): StatusAndDetail {
  if (state === undefined) return { status: 'terminated', statusDetail: 'gone' };
  if (isStarting(state, now)) return { status: 'provisioning', statusDetail: 'its launcher is about to start' };
  const unstarted = unstartedKind(state);
  if (unstarted !== undefined) {
    const statusDetail = state.end === undefined ? 'never started' : describeEnd(state.end);
    return { status: 'terminated', statusDetail, unstarted };
  }
  const restarted =
    state.end === undefined && bootId !== null && state.start?.bootId != null && state.start.bootId !== bootId;
  if (restarted) return { status: 'terminated', statusDetail: 'gone: the machine has restarted' };
  const detail = state.end === undefined ? 'gone without an exit record' : describeEnd(state.end);
  return { status: 'terminated', statusDetail: [detail, unprovenOf(state)].filter(Boolean).join('; ') };
}

function unprovenOf(state: PodState | undefined): string | undefined {
  return state?.facts?.containment.by === 'marker' ? UNPROVEN : undefined;
}

function describeEnd(end: EndRecord): string {
  if (end.reason === 'not_started') return `never started: ${end.message ?? 'for an unknown reason'}`;
  const how = describeExit(end);
  if (end.reason === 'exited') return how ?? 'exited';
  const why = end.reason === 'on_request' ? 'ended on request' : 'ended at its deadline';
  return how === null ? why : `${why}, ${how}`;
}

function describeExit({ exitCode, signal }: EndRecord): string | null {
  if (signal !== null) return `killed by ${signal}`;
  return exitCode === null ? null : `exited with code ${exitCode}`;
}

/**
 * Why a pod that has no processes and can't start any more never ran its command; `undefined` if it ran. A pod without any record counts as not started. Its
 * command may have run for a moment, if the launcher was killed before it recorded the start.
 */
function unstartedKind({ start, end }: Pick<PodState, 'start' | 'end'>): ErrorKind | undefined {
  if (end?.reason === 'not_started') return kindOfCode(end.code);
  return start === undefined && end === undefined ? 'no_capacity' : undefined;
}

/** The error kind for a failed start, from its system code. Without a code, the start came too late or was cancelled. */
export function kindOfCode(code: string | undefined): ErrorKind {
  if (code === undefined || BUSY.has(code)) return 'no_capacity';
  return WRONG_COMMAND.has(code) ? 'validation' : 'provider';
}

const BUSY = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);
const WRONG_COMMAND = new Set(['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'E2BIG']);
