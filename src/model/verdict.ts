import type { PodName } from './names';

/**
 * The reaper's verdict on a pod, from its name and from what Temporal says about the claim in that name.
 *
 * - `foreign`: not ours. Never touched.
 * - `other_control_plane`: of a deployment with our name on another Temporal. Never touched; raises an alarm.
 * - `alive`: its claim's workflow is open.
 * - `overdue`: its claim's workflow is open and should have ended the pod long ago. It is stuck.
 * - `orphan`: its claim's workflow is closed, or open with another life.
 * - `owner_not_found`: Temporal knows no such workflow: deleted, past its retention, or never started.
 * - `unknown`: Temporal could not be asked, so there is no verdict.
 */
export const VERDICTS = [
  'foreign',
  'other_control_plane',
  'alive',
  'overdue',
  'orphan',
  'owner_not_found',
  'unknown',
] as const;
/** One of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** The verdicts for which a pod is reaped once they have stood long enough. */
export type ReapReason = Extract<Verdict, 'overdue' | 'orphan' | 'owner_not_found'>;

/** Tells whether a pod with this verdict may be reaped. */
export function isReapable(verdict: Verdict): verdict is ReapReason {
  return verdict === 'overdue' || verdict === 'orphan' || verdict === 'owner_not_found';
}

/** What Temporal says about a workflow, looked up by workflow id and never by run id. */
export type Owner =
  | {
      state: 'open';
      /** Hashed from the first run id, as in pod names; `null` where Temporal doesn't state that id. */
      life: string | null;
      /** ISO 8601. The claim's last moment from its memo; `null` where the memo lacks it. */
      notAfter: string | null;
    }
  | {
      state: 'closed';
      life: string | null;
      /** Temporal's status: `COMPLETED`, `TERMINATED`, … */
      status: string;
    }
  | { state: 'not_found' }
  | { state: 'unanswered'; message: string };

/** The same as Temporal states it: with the first run id, not yet hashed. */
export type OwnerFacts =
  | (Omit<Extract<Owner, { state: 'open' }>, 'life'> & { firstRunId: string | null })
  | (Omit<Extract<Owner, { state: 'closed' }>, 'life'> & { firstRunId: string | null })
  | Extract<Owner, { state: 'not_found' | 'unanswered' }>;

/** A verdict with its evidence. */
export interface Judgement {
  /** The verdict on the pod. */
  verdict: Verdict;
  /** One line for people. */
  evidence: string;
}

/** Identifies the pods that are ours. */
export interface PodIdentity {
  /** 1–8 characters a–z, 0–9. */
  deployment: string;
  /** 4 characters hashed from the Temporal namespace's id. */
  controlPlane: string;
}

/** Judges a pod by its name alone; `undefined` when its owner has to be looked up. */
export function judgeName(name: PodName | undefined, identity: PodIdentity): Judgement | undefined {
  if (name === undefined)
    return { verdict: 'foreign', evidence: "its name doesn't have the form of Podkeeper's names" };
  if (name.deployment !== identity.deployment) {
    return { verdict: 'foreign', evidence: `it belongs to deployment ${name.deployment}` };
  }
  if (name.controlPlane === identity.controlPlane) return undefined;
  const evidence = `it belongs to deployment ${name.deployment} on another Temporal (control plane ${name.controlPlane}, ours is ${identity.controlPlane})`;
  return { verdict: 'other_control_plane', evidence };
}

/**
 * Judges a pod of ours.
 *
 * @param now ms since 1970, by Temporal's clock
 */
export function judgeOwner(
  name: PodName,
  owner: Owner,
  { now, overdueSlackMs }: { now: number; overdueSlackMs: number },
): Judgement {
  switch (owner.state) {
    case 'unanswered':
      return { verdict: 'unknown', evidence: `Temporal could not be asked: ${owner.message}` };
    case 'not_found':
      return { verdict: 'owner_not_found', evidence: 'Temporal knows no workflow of its claim' };
    case 'closed':
      return { verdict: 'orphan', evidence: `its claim's workflow is closed (${owner.status})` };
    case 'open':
      break;
  }
  if (owner.life === null)
    return { verdict: 'unknown', evidence: 'Temporal does not state the first run of its claim' };
  if (owner.life !== name.life) {
    return {
      verdict: 'orphan',
      evidence: `its claim id has another life now (${owner.life}, the pod belongs to ${name.life})`,
    };
  }
  if (owner.notAfter !== null && Date.parse(owner.notAfter) + overdueSlackMs < now) {
    return { verdict: 'overdue', evidence: `its claim is open and should have ended it by ${owner.notAfter}` };
  }
  return { verdict: 'alive', evidence: "its claim's workflow is open" };
}
