import { PodkeeperError } from '../../model';
import type { ErrorKind } from '../../model';
import type { ErrorRule, ErrorRules } from '../failure';

/**
 * RunPod's messages for missing capacity. It has no code for that. Collected from its clients' sources and users' reports on REST v1, v2 and GraphQL, up to
 * November 2026.
 */
const NO_CAPACITY = new RegExp(
  [
    'no longer any instances available',
    'no instances currently available',
    'does not have the resources to deploy your pod',
    'not enough free gpus on the host machine',
  ].join('|'),
  'i',
);
const SPENDING_LIMIT = /spend(ing)? (limit|cap)|account balance|insufficient (funds|balance|credit)/i;
/** RunPod's generic message. Also used for partial failures, so the outcome is unknown. */
const SOMETHING_WENT_WRONG = /something went wrong/i;

/** Answered by Cloudflare. The API never saw the request. */
const BANNED_CLIENT: ErrorRule = {
  status: 403,
  text: /\berror (code:? ?)?1010\b/i,
  kind: 'forbidden',
  refused: true,
  message:
    "Cloudflare, in front of RunPod's API, refused this client (error 1010). Another key won't help: check what changes the User-Agent, or use another network",
};

/** RunPod's own rules, before the general table. */
export const RUNPOD_RULES: ErrorRules = [
  BANNED_CLIENT,
  { status: 400, text: NO_CAPACITY, operation: 'create', kind: 'no_capacity', refused: true },
  // A start or stop creates no pod, so any status will do.
  { text: NO_CAPACITY, operation: 'change', kind: 'no_capacity' },
  { status: 402, kind: 'quota' },
  { status: [400, 403], text: SPENDING_LIMIT, kind: 'quota', refused: true },
  {
    status: 410,
    kind: 'unsupported',
    refused: true,
    message:
      "this version of RunPod's API is retired: remove api: v1, or set RUNPOD_BASE_URL to https://api.runpod.io/v2",
  },
  { status: 400, text: SOMETHING_WENT_WRONG, operation: ['create', 'job_submit'], kind: 'provider', refused: false },
  // A constraint between fields: RunPod checks those before it looks for a machine.
  { status: 400, operation: ['create', 'job_submit'], kind: 'validation', refused: true },
  {
    status: 404,
    operation: 'create',
    kind: 'validation',
    refused: true,
    message: "RunPod doesn't have this template, volume or registry: check template, networkVolume and registry",
  },
  {
    status: 404,
    operation: 'job_submit',
    kind: 'not_found',
    refused: true,
    message: "RunPod doesn't have this endpoint: check its id",
  },
];

/** REST v1 answered 500 for missing capacity, but also for pods that it had created. Only the text is certain. */
export const LEGACY_RULES: ErrorRules = [
  { status: 500, text: NO_CAPACITY, operation: 'create', kind: 'no_capacity', refused: true },
  ...RUNPOD_RULES,
];

/** For replies that aren't JSON: they come from something in front of the API, whose statuses mean something else. */
export const GATE_RULES: ErrorRules = [BANNED_CLIENT];

/** @throws PodkeeperError always, refused, naming the field. */
export function refuse(kind: ErrorKind, path: string, message: string): never {
  throw new PodkeeperError(kind, `${path}: ${message}`, {
    provider: 'runpod',
    refused: true,
    details: [{ path, message }],
  });
}
