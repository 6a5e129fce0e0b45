/**
 * A pod's name at the provider: `pk-<deployment><controlPlane>-<claim>-<life>-<attempt>`. It identifies the owner without any record of
 * ours. At most one create request is ever sent under a name.
 */
export interface PodName {
  /** 1–8 characters `[a-z0-9]`: one installation of Podkeeper. */
  deployment: string;
  /** 4 characters hashed from the Temporal namespace's id, so that two control planes never touch each other's pods. */
  controlPlane: string;
  /** The claim id: a slug of at most 36 characters. */
  claim: string;
  /** 6 characters hashed from the first run id of the claim's workflow. A claim id that is used again gets another life. */
  life: string;
  /** 1–999: the number of the create within its life. */
  attempt: number;
}

/** The parts that all names of one life share. */
export type LifeName = Omit<PodName, 'attempt'>;

/** The form of a deployment's name. A pod's name has room for 8 characters of it. */
export const DEPLOYMENT_PATTERN = /^[a-z0-9]{1,8}$/;
/** The form of a claim id, as in a DNS label, in lower case. At most {@link MAX_CLAIM_LENGTH} characters. */
export const CLAIM_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** 63 characters, the limit of a DNS label and of the strictest provider, minus everything else in a name. */
export const MAX_CLAIM_LENGTH = 36;
/**
 * 20 bits in base 32: two of 100 control planes on one account collide with a probability of 1 in 200, and then only matter with the same
 * deployment name.
 */
export const CONTROL_PLANE_LENGTH = 4;
/** 30 bits in base 32: two of 1,000 lives of one claim id collide with a probability of 1 in 2,000. */
export const LIFE_LENGTH = 6;
/** Three digits: the room left in the 63 characters of a name. */
export const MAX_ATTEMPT = 999;

const PARSED =
  /^pk-(?<deployment>[a-z0-9]{1,8})(?<controlPlane>[a-z0-9]{4})-(?<claim>[a-z0-9]+(?:-[a-z0-9]+)*)-(?<life>[a-z0-9]{6})-(?<attempt>[1-9]\d{0,2})$/;

/** Tells whether a text can be a claim id. */
export function isClaimId(value: string): boolean {
  return value.length <= MAX_CLAIM_LENGTH && CLAIM_PATTERN.test(value);
}

/** The common prefix of all names of a life, including the last hyphen. */
export function lifePrefix(name: LifeName): string {
  return `pk-${name.deployment}${name.controlPlane}-${name.claim}-${name.life}-`;
}

/** Formats a name. The parts are validated where they enter, not here. */
export function formatPodName(name: PodName): string {
  return `${lifePrefix(name)}${name.attempt}`;
}

/** Parses a name; `undefined` when it isn't one of ours. */
export function parsePodName(text: string): PodName | undefined {
  const groups = PARSED.exec(text)?.groups as Record<keyof PodName, string> | undefined;
  if (groups === undefined || groups.claim.length > MAX_CLAIM_LENGTH) return undefined;
  return { ...groups, attempt: Number(groups.attempt) };
}

/**
 * Tells whether a name belongs to the life of this prefix. A prefix match is not enough: the names of a claim `a-<life>` also begin with
 * `pk-…-a-<life>-`.
 */
export function isOfLife(name: string, prefix: string): boolean {
  // A cheap test first: a poll checks the names of all pods of the account.
  if (!name.startsWith(prefix)) return false;
  const parsed = parsePodName(name);
  return parsed !== undefined && lifePrefix(parsed) === prefix;
}

/** The workflow id of a claim. It identifies the claim. */
export function workflowIdOf(deployment: string, claim: string): string {
  return `${deployment}/${claim}`;
}

/** Parses a claim's workflow id; `undefined` when it isn't one. */
export function parseWorkflowId(workflowId: string): { deployment: string; claim: string } | undefined {
  const [deployment, claim, ...rest] = workflowId.split('/');
  if (deployment === undefined || claim === undefined || rest.length > 0) return undefined;
  return DEPLOYMENT_PATTERN.test(deployment) && isClaimId(claim) ? { deployment, claim } : undefined;
}

/** The task queue of a deployment's workflows. */
export function workflowQueue(deployment: string): string {
  return `podkeeper/${deployment}`;
}

/** Parses the name of a deployment's task queue; `undefined` when it isn't one. */
export function parseWorkflowQueue(queue: string): string | undefined {
  const [prefix, deployment = '', ...rest] = queue.split('/');
  return prefix === 'podkeeper' && rest.length === 0 && DEPLOYMENT_PATTERN.test(deployment) ? deployment : undefined;
}

/** The two task queues of an account: `spend` for creates, `keep` for everything else, so that no end waits behind creates. */
export function accountQueue(deployment: string, account: string, lane: 'spend' | 'keep'): string {
  return `podkeeper/${deployment}/${account}/${lane}`;
}
