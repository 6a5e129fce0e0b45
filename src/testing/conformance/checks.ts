import type { Capability } from '../../providers/contract';
import type { ConformanceCheck, ConformanceFaults, ConformanceGroup } from './options';

/**
 * All checks of the suite, as data, for documentation and for tables of planted bugs. Each is one test, named `<id>: <demands>`.
 */
export const CONFORMANCE_CHECKS = [
  check('identity', 'identity-name', 'the name is a word that specs can use'),
  check('identity', 'identity-capabilities', 'all capabilities are known, and include gpu or cpu'),
  check('identity', 'identity-flags', 'every capability has its methods'),
  check('identity', 'identity-unsupported', 'a method without its capability is unsupported, before any call'),
  check('identity', 'identity-lag', 'listLagMs, if given, is a number of ms, 0 or more'),
  check('identity', 'identity-check', 'check accepts what spawn accepts, and makes no call'),
  check('identity', 'identity-close', "close can be called twice, and doesn't end pods"),

  check(
    'pods',
    'pods-spawn',
    'spawn returns an id, the requested name, its own provider name and the status of a new pod',
  ),
  check(
    'pods',
    'pods-spawn-waits-for-nothing',
    'spawn resolves as soon as there is an id, even if later calls hang',
    [],
    'http',
  ),
  check('pods', 'pods-shape', 'pods from spawn, get and list have every field of the contract, with the right type'),
  check('pods', 'pods-plain', 'pods are plain JSON'),
  check('pods', 'pods-get', 'get finds a pod by its id'),
  check('pods', 'pods-no-memory', 'another instance gets, lists and ends the pod: nothing depends on memory'),
  check('pods', 'pods-gpu', 'a pod with a GPU has its id and count', ['gpu']),
  check('pods', 'pods-cpu', 'a pod without a GPU has gpu null', ['cpu']),
  check('pods', 'pods-env', 'environment variables arrive unchanged'),
  check('pods', 'pods-token', 'the token and its hash arrive in a guarded pod'),
  check('pods', 'pods-http-port', 'an HTTP port gets an endpoint with a URL', ['http_proxy']),
  check('pods', 'pods-tcp-port', 'a TCP port gets an endpoint with host and port', ['raw_tcp']),
  check('pods', 'pods-stop', 'a stopped pod has the status stopped, and starts again as the same pod', ['stop']),
  check('pods', 'pods-concurrent', 'pods created concurrently get different ids and keep their names'),
  check('pods', 'pods-unknown-status', 'an unknown status becomes unknown, never an end', [], 'unknownStatus'),

  check('lists', 'lists-found', 'after the list lag, a new pod is listed under its name, once'),
  check('lists', 'lists-all', 'a list without a filter has all pods'),
  check('lists', 'lists-filter-name', 'the filter by name only returns that name'),
  check('lists', 'lists-filter-status', 'the filter by status only returns that status'),
  check('lists', 'lists-filter-region', 'the filter by region only returns that region'),
  check('lists', 'lists-filter-gpu', 'the filter by GPU only returns that GPU'),
  check('lists', 'lists-filter-combined', 'several filters must all match'),
  check('lists', 'lists-filter-nothing', 'a filter without matches returns an empty list'),
  check('lists', 'lists-pages', 'a list of several pages is complete, with each pod once', [], 'http'),
  check('lists', 'lists-page-fails', 'a later page that fails makes the list reject', [], 'http'),
  check('lists', 'lists-fails', 'a failed list rejects, and never resolves', [], 'listFails'),
  check('lists', 'lists-unreadable', "a list that isn't JSON rejects, and never resolves", [], 'http'),
  check('lists', 'lists-drift', 'a list of an unknown shape rejects, and never resolves', [], 'http'),
  check('lists', 'lists-broken-item', 'a pod without an id makes the list reject', [], 'http'),
  check('lists', 'lists-wrong-types', 'numbers sent as texts are parsed correctly, or the list rejects', [], 'http'),

  check('create', 'create-once', 'one spawn sends one create request, whatever the answer', [], 'http'),
  check(
    'create',
    'create-no-answer',
    'a create that was executed but not answered: rejects, not refused, found by name',
    [],
    'createExecutedThenNoAnswer',
  ),
  check(
    'create',
    'create-error',
    'a create that was executed but answered by 500: rejects, not refused, found by name',
    [],
    'createExecutedThenError',
  ),
  check(
    'create',
    'create-reset',
    'a create that was executed but whose connection was reset: rejects, not refused, found by name',
    [],
    'http',
  ),
  check(
    'create',
    'create-unreadable',
    'a create that was executed but answered unreadably: rejects, not refused',
    [],
    'http',
  ),
  check('create', 'create-not-sent', "a create that couldn't be sent is refused", [], 'createNotSent'),
  check(
    'create',
    'create-rate-limited',
    'a create answered by 429 is refused as rate_limited, with retryAfterMs',
    [],
    'createRateLimited',
  ),
  check(
    'create',
    'create-unauthorized',
    'a create answered by 401 is refused as unauthorized',
    [],
    'createUnauthorized',
  ),
  check('create', 'create-before-send', 'beforeSend is called once, before anything is sent'),
  check('create', 'create-fence', 'an error of beforeSend passes unchanged, and nothing is sent'),
  check('create', 'create-aborted', 'a spawn with an aborted signal is refused, and nothing is sent'),

  check('ends', 'ends-terminate', 'a terminated pod ends: get returns terminated, or rejects as not_found'),
  check('ends', 'ends-list', 'after the list lag, a terminated pod is listed as terminated, or not at all'),
  check('ends', 'ends-others', "terminate doesn't affect other pods"),
  check('ends', 'ends-twice', 'terminating an ended pod resolves'),
  check('ends', 'ends-unknown', 'terminating an unknown pod resolves'),
  check('ends', 'ends-not-found', 'a terminate answered by 404 resolves', [], 'http'),
  check('ends', 'ends-failed', 'a failed or refused terminate rejects', [], 'terminateFails'),
  check('ends', 'ends-start', "starting an ended pod rejects, and doesn't restart it", ['stop']),

  check('errors', 'errors-get-unknown', 'getting an unknown pod is not_found'),
  check('errors', 'errors-stop-unknown', 'stopping or starting an unknown pod is not_found', ['stop']),
  check('errors', 'errors-closed', 'every rejection is a PodkeeperError of a known kind'),
  check('errors', 'errors-unauthorized', 'a read answered by 401 is unauthorized', [], 'getFails'),
  check('errors', 'errors-forbidden', 'a read answered by 403 is forbidden', [], 'getFails'),
  check('errors', 'errors-rate-limited', 'a read answered by 429 is rate_limited', [], 'getFails'),
  check('errors', 'errors-retry-after', 'Retry-After is read in every form, and is at most ten years', [], 'http'),
  check('errors', 'errors-not-gone', 'a get that fails otherwise is never not_found', [], 'getFails'),
  check('errors', 'errors-get-unreadable', 'a get with an unreadable answer, or with another pod, rejects', [], 'http'),

  check('jobs', 'jobs-async', 'an async job is submitted, and completes', ['serverless']),
  check('jobs', 'jobs-sync', 'a sync job returns completed', ['serverless']),
  check('jobs', 'jobs-stream', "a job's stream yields its output, and ends", ['serverless']),
  check('jobs', 'jobs-cancel', 'a cancelled job is cancelled', ['serverless']),
  check('jobs', 'jobs-get-unknown', 'getting an unknown job is not_found', ['serverless']),
  check('jobs', 'jobs-cancel-unknown', 'cancelling an unknown job is not_found', ['serverless']),
  check('jobs', 'jobs-plain', 'jobs are plain JSON with the fields of the contract', ['serverless']),
  check(
    'jobs',
    'jobs-submit-once',
    'a submit that was executed but answered by 500 rejects, and is sent once',
    ['serverless'],
    'http',
  ),

  check('catalogue', 'catalogue-rows', 'GPU types are plain JSON with the fields of the contract', ['gpu_types']),
  check('catalogue', 'catalogue-fails', 'a failed or unreadable catalogue rejects', ['gpu_types'], 'http'),

  check('logs', 'logs-lines', 'logs without follow end, and their lines have the fields of the contract', ['logs']),
  check('logs', 'logs-follow', 'following logs ends when the signal aborts', ['logs']),
  check('logs', 'logs-unknown', 'the logs of an unknown pod are not_found', ['logs']),

  check('secrets', 'secrets-errors', 'no error contains a secret, even if the cloud echoes it'),
  check('secrets', 'secrets-results', 'no result contains the value of an environment variable'),
  check('secrets', 'secrets-raw', "no result contains fields of a reply that aren't in the contract", [], 'http'),

  check('bounds', 'bounds-aborted', 'a call with an aborted signal rejects, and nothing is sent'),
  check('bounds', 'bounds-deadline', 'a call without an answer ends when its signal aborts', [], 'http'),
  check(
    'bounds',
    'bounds-drip',
    'a reply that arrives byte by byte ends when the signal aborts, and its socket is closed',
    [],
    'http',
  ),
  check('bounds', 'bounds-body', 'a reply of 32 MiB is not read to its end', [], 'http'),
  check('bounds', 'bounds-retries', 'a get, a list and a terminate are sent once, whatever the answer', [], 'http'),
  check('bounds', 'bounds-redirect', 'a redirect is not followed', [], 'http'),
  check('bounds', 'bounds-pollution-input', 'a filter or an option named __proto__ changes no prototype'),
  check('bounds', 'bounds-pollution-reply', 'a reply with a field __proto__ changes no prototype', [], 'http'),
] as const;

export type CheckId = (typeof CONFORMANCE_CHECKS)[number]['id'];

function check<const Group extends ConformanceGroup, const Id extends string>(
  group: Group,
  id: Id,
  demands: string,
  needs: readonly Capability[] = [],
  wire: 'http' | keyof ConformanceFaults | null = null,
): ConformanceCheck & { group: Group; id: Id } {
  return { id, group, demands, needs, wire };
}
