import type { Pod } from '../../model';
import { UNPROVEN } from './containment';
import type { ProcessInfo } from './processInfo';
import { mayStart, type EndRecord, type PodState } from './state';
import { unstartedKind } from './unstarted';

type StatusAndDetail = Pick<Pod, 'status' | 'statusDetail' | 'unstarted'>;

/**
 * A pod as this provider shows it: whether it lives by its processes alone, the rest from its directory, where it has
 * one.
 *
 * The id is the name: the claim of a name by an exclusive `mkdir` lets it mean one pod only, and unlike a pid it is
 * known before anything runs, and still after all is gone.
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
 * Whether a pod without processes in one scan has to be looked for in a second before it is called ended: nobody has
 * proven its end yet, and a process that forks or execs while we look can be missed once.
 */
export function needsSecondLook(state: PodState, now: number): boolean {
  return state.end?.proven !== true && !isStarting(state, now);
}

/** Whether its launcher, or that launcher's word, may still be to come. */
export function isStarting(state: PodState, now: number): boolean {
  return state.start === undefined && state.end === undefined && mayStart(state.claimedAt, now);
}

function statusOfLiving(members: readonly ProcessInfo[], state: PodState | undefined): StatusAndDetail {
  const commands = members.filter((member) => !member.launcher);
  if (state?.end !== undefined) {
    return { status: 'running', statusDetail: `${describeEnd(state.end)}; what it left running is being ended` };
  }
  if (commands.length === 0 && state?.start === undefined) {
    return { status: 'provisioning', statusDetail: 'its command is about to be started' };
  }
  if (commands.length > 0 && commands.every((member) => member.suspended)) {
    return { status: 'stopped', statusDetail: 'suspended' };
  }
  return { status: 'running', statusDetail: unprovenOf(state) ?? null };
}

function statusOfAbsent(state: PodState | undefined, now: number, bootId: string | null): StatusAndDetail {
  if (state === undefined) return { status: 'terminated', statusDetail: 'gone' };
  if (isStarting(state, now)) return { status: 'provisioning', statusDetail: 'its launcher is about to be started' };
  const unstarted = unstartedKind(state);
  if (unstarted !== undefined) {
    const statusDetail = state.end === undefined ? 'never started' : describeEnd(state.end);
    return { status: 'terminated', statusDetail, unstarted };
  }
  const restarted =
    state.end === undefined && bootId !== null && state.start?.bootId != null && state.start.bootId !== bootId;
  if (restarted) return { status: 'terminated', statusDetail: 'gone: the machine was restarted' };
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
  const why = end.reason === 'on_request' ? 'ended on request' : 'ended at its last moment';
  return how === null ? why : `${why}, ${how}`;
}

function describeExit({ exitCode, signal }: EndRecord): string | null {
  if (signal !== null) return `killed by ${signal}`;
  return exitCode === null ? null : `exited with code ${exitCode}`;
}
