import type { ErrorRule, ErrorRules } from '../failure';

/**
 * What RunPod says when there is no machine for a request. It has no code for that; read in its clients' sources and in users' reports on REST v1, v2
 * and GraphQL up to November 2026.
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
/** What it says when it says nothing: this text stands for failures half way, too. */
const SOMETHING_WENT_WRONG = /something went wrong/i;

/** Said in front of the API, which never saw the request. */
const BANNED_CLIENT: ErrorRule = {
  status: 403,
  text: /\berror (code:? ?)?1010\b/i,
  kind: 'forbidden',
  refused: true,
  message:
    "Cloudflare, in front of RunPod's API, refused this client (error 1010): no key mends that; see what replaces the User-Agent, or call from another network",
};

/** RunPod's own markers, before the general table. */
export const RUNPOD_RULES: ErrorRules = [
  BANNED_CLIENT,
  { status: 400, text: NO_CAPACITY, operation: 'create', kind: 'no_capacity', refused: true },
  // A start or a stop makes no pod, so that its status doesn't matter.
  { text: NO_CAPACITY, operation: 'change', kind: 'no_capacity' },
  { status: 402, kind: 'quota' },
  { status: [400, 403], text: SPENDING_LIMIT, kind: 'quota', refused: true },
  {
    status: 410,
    kind: 'unsupported',
    refused: true,
    message:
      "this generation of RunPod's API is retired: take out api: v1, or point RUNPOD_BASE_URL at https://api.runpod.io/v2",
  },
  { status: 400, text: SOMETHING_WENT_WRONG, operation: ['create', 'job_submit'], kind: 'provider', refused: false },
  // A rule between fields that was broken: RunPod checks it before it looks for a machine.
  { status: 400, operation: ['create', 'job_submit'], kind: 'validation', refused: true },
  {
    status: 404,
    operation: 'create',
    kind: 'validation',
    refused: true,
    message: 'RunPod knows no such template, volume or registry: check template, networkVolume and registry',
  },
  { status: 404, operation: 'job_submit', kind: 'not_found', refused: true, message: 'RunPod knows no such endpoint' },
];

/** REST v1 said it with 500, and with 500 alone also rented a pod: here only the text is sure. */
export const LEGACY_RULES: ErrorRules = [
  { status: 500, text: NO_CAPACITY, operation: 'create', kind: 'no_capacity', refused: true },
  ...RUNPOD_RULES,
];

/** For what isn't JSON: it comes from something in front of the API, whose statuses mean something else. */
export const GATE_RULES: ErrorRules = [BANNED_CLIENT];
