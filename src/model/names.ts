/**
 * The names that pods carry at the provider: `pk-<deployment><controlPlane>-<claim>-<life>-<attempt>`. A name says whose a pod
 * is without any record of ours: which deployment on which Temporal (controlPlane), for which claim, in which life of that claim,
 * from which create. At most one create request is ever sent under a name.
 */
export interface PodName {
  /** 1–8 characters `[a-z0-9]`: one installation of Podkeeper. */
  deployment: string;
  /** 4 characters hashed from the Temporal namespace id, so that two control planes never touch each other's pods. */
  controlPlane: string;
  /** The claim's id: a slug of at most 36 characters. */
  claim: string;
  /** 6 characters hashed from the first run id of the claim's workflow: a claim id used again gets another. */
  life: string;
  /** 1–999: the number of the create under this life. */
  attempt: number;
}

/** What all names of one life of one claim have in common. */
export type LifeName = Omit<PodName, 'attempt'>;

/** The form of a deployment's name. It stands in every pod's name, which has room for 8 characters of it. */
export const DEPLOYMENT_PATTERN = /^[a-z0-9]{1,8}$/;
/** The form of a claim id, which is at most {@link MAX_CLAIM_LENGTH} long: what is allowed in a DNS label, in small letters. */
export const CLAIM_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** 63 characters, the limit of a DNS label and of the strictest provider, less everything else in a name. */
export const MAX_CLAIM_LENGTH = 36;
/** In base 32, 20 bits: of 100 control planes on one account some two are alike with a chance of 1 in 200, and the deployment's name stands beside it. */
export const CONTROL_PLANE_LENGTH = 4;
/** In base 32, 30 bits: of 1,000 lives of one claim id some two are alike with a chance of 1 in 2,000. */
export const LIFE_LENGTH = 6;
/** Three digits: what is left of the 63 characters of a name. */
export const MAX_ATTEMPT = 999;

const PARSED =
  /^pk-(?<deployment>[a-z0-9]{1,8})(?<controlPlane>[a-z0-9]{4})-(?<claim>[a-z0-9]+(?:-[a-z0-9]+)*)-(?<life>[a-z0-9]{6})-(?<attempt>[1-9]\d{0,2})$/;

/** Tells whether a text can be a claim id. */
export function isClaimId(value: string): boolean {
  return value.length <= MAX_CLAIM_LENGTH && CLAIM_PATTERN.test(value);
}

/** What the names of a life begin with, the last hyphen included. */
export function lifePrefix(name: LifeName): string {
  return `pk-${name.deployment}${name.controlPlane}-${name.claim}-${name.life}-`;
}

/** Writes a name. The parts are checked where they come in, not here. */
export function formatPodName(name: PodName): string {
  return `${lifePrefix(name)}${name.attempt}`;
}

/** Reads a name; `undefined` when it isn't one of ours. */
export function parsePodName(text: string): PodName | undefined {
  const groups = PARSED.exec(text)?.groups as Record<keyof PodName, string> | undefined;
  if (groups === undefined || groups.claim.length > MAX_CLAIM_LENGTH) return undefined;
  return { ...groups, attempt: Number(groups.attempt) };
}

/** The workflow id of a claim. The workflow id *is* the claim. */
export function workflowIdOf(deployment: string, claim: string): string {
  return `${deployment}/${claim}`;
}

/** Reads a claim's workflow id; `undefined` when it isn't one. */
export function parseWorkflowId(workflowId: string): { deployment: string; claim: string } | undefined {
  const [deployment, claim, ...rest] = workflowId.split('/');
  if (deployment === undefined || claim === undefined || rest.length > 0) return undefined;
  return DEPLOYMENT_PATTERN.test(deployment) && isClaimId(claim) ? { deployment, claim } : undefined;
}

/** The task queue of a deployment's workflows. */
export function workflowQueue(deployment: string): string {
  return `podkeeper/${deployment}`;
}

/** Reads the name of a deployment's task queue; `undefined` when it isn't one. */
export function parseWorkflowQueue(queue: string): string | undefined {
  const [prefix, deployment = '', ...rest] = queue.split('/');
  return prefix === 'podkeeper' && rest.length === 0 && DEPLOYMENT_PATTERN.test(deployment) ? deployment : undefined;
}

/** The two task queues of an account: `spend` takes creates, `keep` all else, so that no end waits behind creates. */
export function accountQueue(deployment: string, account: string, lane: 'spend' | 'keep'): string {
  return `podkeeper/${deployment}/${account}/${lane}`;
}
