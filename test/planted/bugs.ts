import type { CheckId } from '../../src/testing/conformance/checks';

/** A bug that somebody once had, planted in a provider of ours. */
export interface PlantedBug {
  /** The patch's name in `patches/`, without `.patch`. */
  id: string;
  /** Whose suite has to see it. */
  target: 'nimbus' | 'mock';
  /** The check that has to go red. */
  check: CheckId;
  /** Who had it. */
  report: string;
  /** What it does. */
  what: string;
}

/** Each from a report of a tool that rents or keeps machines. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    id: 'delete-error-swallowed',
    target: 'nimbus',
    check: 'ends-failed',
    report: 'dstackai/dstack#2479',
    what: 'a failed delete counts as done',
  },
  {
    id: 'delete-not-found-raised',
    target: 'nimbus',
    check: 'ends-not-found',
    report: 'dstackai/dstack#3031',
    what: 'deleting a pod that is already gone fails, and is retried forever',
  },
  {
    id: 'create-retried',
    target: 'nimbus',
    check: 'create-once',
    report: 'artokun/comfyui-mcp#251',
    what: 'a create that failed is sent again',
  },
  {
    id: 'create-500-refused',
    target: 'nimbus',
    check: 'create-error',
    report: 'transformerlab/transformerlab-app#2305',
    what: 'a 500 is taken for "nothing was made"',
  },
  {
    id: 'create-timeout-refused',
    target: 'nimbus',
    check: 'create-no-answer',
    report: 'skypilot-org/skypilot#4392',
    what: 'a create without an answer is taken for "nothing was made"',
  },
  {
    id: 'create-id-made-up',
    target: 'nimbus',
    check: 'create-unreadable',
    report: 'kubernetes-sigs/karpenter#2169',
    what: 'an answer without an id is taken for a pod',
  },
  {
    id: 'create-waits',
    target: 'nimbus',
    check: 'pods-spawn-waits-for-nothing',
    report: 'verda-cloud/sdk-python#79',
    what: 'the id is held back until the pod runs',
  },
  {
    id: 'create-renamed',
    target: 'nimbus',
    check: 'pods-spawn',
    report: 'artokun/comfyui-mcp#276',
    what: 'all pods get one fixed name',
  },
  {
    id: 'page-two-dropped',
    target: 'nimbus',
    check: 'lists-pages',
    report: 'transformerlab/transformerlab-app#1680',
    what: 'only the first page of the list is read',
  },
  {
    id: 'failed-page-ends-list',
    target: 'nimbus',
    check: 'lists-page-fails',
    report: 'transformerlab/transformerlab-app#1680',
    what: 'a page that fails ends the list, as if it were whole',
  },
  {
    id: 'list-error-empty',
    target: 'nimbus',
    check: 'lists-fails',
    report: 'skypilot-org/skypilot#4431',
    what: 'a list that fails is an empty one',
  },
  {
    id: 'list-drift-empty',
    target: 'nimbus',
    check: 'lists-drift',
    report: 'dstackai/dstack#4167',
    what: 'a list under another name is an empty one',
  },
  {
    id: 'list-by-age',
    target: 'nimbus',
    check: 'lists-found',
    report: 'gardener/machine-controller-manager-provider-aws#127',
    what: 'a pod is judged by the age that its cloud states',
  },
  {
    id: 'unknown-status-ended',
    target: 'nimbus',
    check: 'pods-unknown-status',
    report: 'skypilot-org/skypilot#4286',
    what: 'an unknown status counts as the end',
  },
  {
    id: 'stop-for-terminate',
    target: 'nimbus',
    check: 'ends-terminate',
    report: 'Embassy-of-the-Free-Mind/sourcelibrary-v2#4909',
    what: 'the end only stops the pod, which bills on',
  },
  {
    id: 'delete-all',
    target: 'nimbus',
    check: 'ends-others',
    report: 'runpod/runpod-plugins-official#28',
    what: 'the end of one pod deletes the whole account',
  },
  {
    id: 'key-in-error',
    target: 'nimbus',
    check: 'secrets-errors',
    report: 'runpod/runpod-python#507',
    what: 'the key is part of an error text',
  },
  {
    id: 'env-in-result',
    target: 'nimbus',
    check: 'secrets-results',
    report: 'skypilot-org/skypilot#10741',
    what: "the pod's variables come back in its status",
  },
  {
    id: 'env-lost',
    target: 'nimbus',
    check: 'pods-env',
    report: 'Metta-AI/metta#1791',
    what: 'variables are passed through a shell-like text, and arrive changed',
  },
  {
    id: 'auth-error-not-found',
    target: 'nimbus',
    check: 'errors-unauthorized',
    report: 'skypilot-org/skypilot#4605',
    what: 'a revoked key makes all pods look gone',
  },
  {
    id: 'read-error-not-found',
    target: 'nimbus',
    check: 'errors-not-gone',
    report: 'kunobi-ninja/kobe#80',
    what: 'any failed look means that the pod is gone',
  },
  {
    id: 'retry-after-ignored',
    target: 'nimbus',
    check: 'create-rate-limited',
    report: 'skypilot-org/skypilot#2261',
    what: 'a 429 fails without saying how long to wait',
  },
  {
    id: 'registry-in-memory',
    target: 'nimbus',
    check: 'pods-no-memory',
    report: 'bytedance/deer-flow#4221',
    what: 'only pods of this process are known',
  },
  {
    id: 'deadline-ignored',
    target: 'nimbus',
    check: 'bounds-deadline',
    report: 'skypilot-org/skypilot#9218',
    what: 'a call that hangs is waited for, whatever its deadline',
  },
  {
    id: 'fence-too-early',
    target: 'nimbus',
    check: 'create-fence',
    report: 'dstackai/dstack#3453',
    what: 'nothing checks, right before a create is sent, whether it may still be sent',
  },
];
