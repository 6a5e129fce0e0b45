import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { readObject, readObjects } from '../wire';
import type { WireObject } from '../wire';
import type { RunpodApi } from './api';

/**
 * Pods a page, where nothing else is said: the most that surely fit into {@link LARGEST_PAGE_BYTES}, since RunPod takes bodies of 100 KB at most and shows what it took. Its own bound
 * is 1,000.
 */
export const PAGE_SIZE = 200;
const LARGEST_PAGE_BYTES = 24 * 1_024 * 1_024;
/** A list that never ends is no list. */
const MOST_PAGES = 200;

/**
 * All pods of the account by REST v2, each once. Every page, or none: a page that fails, or that has another form, voids the list.
 *
 * @throws PodkeeperError `provider` where the pages come to no end.
 */
export async function listPods(api: RunpodApi, pageSize: number, context: CallContext): Promise<WireObject[]> {
  // By id: a pod may move to another page meanwhile.
  const pods = new Map<string, WireObject>();
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const reply: WireObject = await readPage({ limit: pageSize, ...(cursor === null ? {} : { cursor }) }, api, context);
    for (const pod of reply.objects('pods')) pods.set(pod.text('id'), pod);
    const pagination = reply.optionalObject('pagination');
    const next = pagination?.optionalText('nextCursor') ?? '';
    const goesOn = pagination?.optionalFlag('hasNextPage') ?? next !== '';
    if (!goesOn) return [...pods.values()];
    if (next === '' || seen.has(next)) throw voidList('a page that leads on has no new cursor');
    seen.add(next);
    cursor = next;
  }
  throw voidList(`it has more than ${MOST_PAGES} pages`);
}

/** As {@link listPods}, by REST v1, which has no pages and no wrapper. */
export async function listLegacyPods(api: RunpodApi, context: CallContext): Promise<WireObject[]> {
  const call = { method: 'GET', path: '/pods', operation: 'read', expect: [200] } as const;
  const reply = await api.send({ ...call, maxBodyBytes: LARGEST_PAGE_BYTES }, context);
  return readObjects(reply.json(), 'the list of pods');
}

async function readPage(
  query: Record<string, string | number>,
  api: RunpodApi,
  context: CallContext,
): Promise<WireObject> {
  const call = { method: 'GET', path: '/pods', query, operation: 'read', expect: [200] } as const;
  const reply = await api.send({ ...call, maxBodyBytes: LARGEST_PAGE_BYTES }, context);
  return readObject(reply.json(), 'the list of pods');
}

function voidList(why: string): PodkeeperError {
  return new PodkeeperError('provider', `the list of pods is void: ${why}`, { provider: 'runpod' });
}
