import type { Capability } from '../../providers/contract';
import type { ConformanceCheck, ConformanceFaults, ConformanceGroup } from './options';

/**
 * All that is demanded of a provider, as data: for documentation, and for tables of planted bugs. Each is one test, called
 * `<id>: <demands>`.
 */
export const CONFORMANCE_CHECKS = [
  check('identity', 'identity-name', 'the name is a word that a spec can say'),
  check('identity', 'identity-capabilities', 'all capabilities are known words, and it rents GPU or CPU pods'),
  check('identity', 'identity-flags', 'every capability has its methods'),
  check('identity', 'identity-unsupported', 'a method without its capability is unsupported, before any call'),
  check('identity', 'identity-lag', 'a stated list lag is a number of ms, 0 or more'),
  check('identity', 'identity-check', 'check takes what spawn takes, and calls nobody'),
  check('identity', 'identity-close', 'close can be called twice, and leaves pods alone'),

  check(
    'pods',
    'pods-spawn',
    'spawn answers an id, the name asked for, its own provider name and a status of a new pod',
  ),
  check(
    'pods',
    'pods-spawn-waits-for-nothing',
    'spawn answers once there is an id, whatever answers later',
    [],
    'http',
  ),
  check('pods', 'pods-shape', 'a pod from spawn, get and list has every field in the form of the contract'),
  check('pods', 'pods-plain', 'pods are plain JSON'),
  check('pods', 'pods-get', 'get finds a pod by its id'),
  check('pods', 'pods-no-memory', 'another instance gets, lists and ends the pod: nothing hangs on memory'),
  check('pods', 'pods-gpu', 'a pod with a GPU says which, and how many', ['gpu']),
  check('pods', 'pods-cpu', 'a pod without a GPU says that it has none', ['cpu']),
  check('pods', 'pods-env', 'variables arrive exactly as they were asked for'),
  check('pods', 'pods-token', 'the token and its hash for a guarded pod arrive'),
  check('pods', 'pods-http-port', 'an HTTP port gets an endpoint with a URL', ['http_proxy']),
  check('pods', 'pods-tcp-port', 'a TCP port gets an endpoint with host and port', ['raw_tcp']),
  check('pods', 'pods-stop', 'a stopped pod says so, and starts again as the same pod', ['stop']),
  check('pods', 'pods-concurrent', 'pods made at the same time get an id each and keep their names'),
  check('pods', 'pods-unknown-status', 'a status that nobody knows is unknown, never an end', [], 'unknownStatus'),

  check('lists', 'lists-found', 'past the list lag a new pod is found by its name, once'),
  check('lists', 'lists-all', 'a list without a filter has all pods'),
  check('lists', 'lists-filter-name', 'the filter by name lets through that name only'),
  check('lists', 'lists-filter-status', 'the filter by status lets through that status only'),
  check('lists', 'lists-filter-region', 'the filter by region lets through that region only'),
  check('lists', 'lists-filter-gpu', 'the filter by GPU lets through that GPU only'),
  check('lists', 'lists-filter-combined', 'of several filters all must match'),
  check('lists', 'lists-filter-nothing', 'a filter that nothing matches gives an empty list'),
  check('lists', 'lists-pages', 'a list of several pages is complete, with each pod once', [], 'http'),
  check('lists', 'lists-page-fails', 'a later page that fails voids the list', [], 'http'),
  check('lists', 'lists-fails', 'a list that fails rejects, and never answers', [], 'listFails'),
  check('lists', 'lists-unreadable', 'a list that is no JSON rejects, and never answers', [], 'http'),
  check('lists', 'lists-drift', 'a list of another shape rejects, and never answers', [], 'http'),
  check('lists', 'lists-broken-item', 'a pod in a list that has no id voids the list', [], 'http'),
  check('lists', 'lists-wrong-types', 'numbers that come as texts are read right, or the list rejects', [], 'http'),

  check('create', 'create-once', 'one spawn sends one create request, however it is answered', [], 'http'),
  check(
    'create',
    'create-no-answer',
    'a create that was done and not answered: rejected, not refused, found by name',
    [],
    'createExecutedThenNoAnswer',
  ),
  check(
    'create',
    'create-error',
    'a create that was done and answered by 500: rejected, not refused, found by name',
    [],
    'createExecutedThenError',
  ),
  check(
    'create',
    'create-reset',
    'a create that was done and cut off: rejected, not refused, found by name',
    [],
    'http',
  ),
  check(
    'create',
    'create-unreadable',
    'a create that was done and answered unreadably: rejected, not refused',
    [],
    'http',
  ),
  check('create', 'create-not-sent', 'a create that could not be sent is refused', [], 'createNotSent'),
  check(
    'create',
    'create-rate-limited',
    'a create answered by 429 is refused as rate_limited, with the time to wait',
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
  check('create', 'create-fence', 'what beforeSend throws goes through as it is, and nothing is sent'),
  check('create', 'create-aborted', 'a spawn whose signal has aborted before is refused, and nothing is sent'),

  check('ends', 'ends-terminate', 'a terminated pod ends: get says terminated, or not_found'),
  check('ends', 'ends-list', 'past the list lag a list shows a terminated pod as such, or not at all'),
  check('ends', 'ends-others', 'terminate leaves other pods alone'),
  check('ends', 'ends-twice', 'terminating an ended pod resolves'),
  check('ends', 'ends-unknown', 'terminating a pod that was never there resolves'),
  check('ends', 'ends-not-found', 'a terminate answered by 404 resolves', [], 'http'),
  check('ends', 'ends-failed', 'a terminate that failed or was refused rejects', [], 'terminateFails'),
  check('ends', 'ends-start', 'starting an ended pod rejects, and revives nothing', ['stop']),

  check('errors', 'errors-get-unknown', 'getting a pod that was never there is not_found'),
  check('errors', 'errors-stop-unknown', 'stopping or starting a pod that was never there is not_found', ['stop']),
  check('errors', 'errors-closed', 'every rejection is a PodkeeperError of a known kind'),
  check('errors', 'errors-unauthorized', 'a read answered by 401 is unauthorized', [], 'getFails'),
  check('errors', 'errors-forbidden', 'a read answered by 403 is forbidden', [], 'getFails'),
  check('errors', 'errors-rate-limited', 'a read answered by 429 is rate_limited', [], 'getFails'),
  check(
    'errors',
    'errors-retry-after',
    'Retry-After is read in every form, and is never more than ten years',
    [],
    'http',
  ),
  check('errors', 'errors-not-gone', 'a get that fails in any other way is never not_found', [], 'getFails'),
  check('errors', 'errors-get-unreadable', 'a get answered unreadably or for another pod rejects', [], 'http'),

  check('jobs', 'jobs-async', 'an async job is submitted, and completes', ['serverless']),
  check('jobs', 'jobs-sync', 'a sync job answers completed', ['serverless']),
  check('jobs', 'jobs-stream', 'the stream of a job yields its output, and ends', ['serverless']),
  check('jobs', 'jobs-cancel', 'a cancelled job is cancelled', ['serverless']),
  check('jobs', 'jobs-get-unknown', 'getting a job that was never there is not_found', ['serverless']),
  check('jobs', 'jobs-cancel-unknown', 'cancelling a job that was never there is not_found', ['serverless']),
  check('jobs', 'jobs-plain', 'jobs are plain JSON in the form of the contract', ['serverless']),
  check(
    'jobs',
    'jobs-submit-once',
    'a submit that was done and answered by 500 rejects, and is sent once',
    ['serverless'],
    'http',
  ),

  check('catalogue', 'catalogue-rows', 'GPU types are plain JSON in the form of the contract', ['gpu_types']),
  check('catalogue', 'catalogue-fails', 'a catalogue that fails or is unreadable rejects', ['gpu_types'], 'http'),

  check('logs', 'logs-lines', 'logs without follow end, in lines of the form of the contract', ['logs']),
  check('logs', 'logs-follow', 'following logs ends with the signal', ['logs']),
  check('logs', 'logs-unknown', 'the logs of a pod that was never there are not_found', ['logs']),

  check('secrets', 'secrets-errors', 'no secret is in any error, whatever the cloud echoes'),
  check('secrets', 'secrets-results', 'no value of a variable is in any result'),
  check('secrets', 'secrets-raw', "nothing of a reply that the contract doesn't name is in any result", [], 'http'),

  check('bounds', 'bounds-aborted', 'a call whose signal has aborted before rejects, and nothing is sent'),
  check('bounds', 'bounds-deadline', 'a call that gets no answer ends with its signal', [], 'http'),
  check('bounds', 'bounds-drip', 'a reply that drips ends with the signal, and gives its socket back', [], 'http'),
  check('bounds', 'bounds-body', 'a reply of 32 MiB is not read to its end', [], 'http'),
  check(
    'bounds',
    'bounds-retries',
    'a get, a list and a terminate are sent once, however they are answered',
    [],
    'http',
  ),
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
