import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { readObject, readObjects } from '../wire';
import type { WireObject } from '../wire';
import type { RunpodApi } from './api';

/**
 * Default page size. 200 pods always fit into {@link MAX_PAGE_BYTES}, since RunPod accepts create bodies up to 100 KB and returns them. RunPod's own limit
 * is 1,000.
 */
export const PAGE_SIZE = 200;
const MAX_PAGE_BYTES = 24 * 1_024 * 1_024;
/** A limit, in case the pages never end. */
const MAX_PAGES = 200;

/**
 * Lists all pods of the account with REST v2, each once. A page that fails or has an unknown shape voids the list.
 *
 * @throws PodkeeperError `provider` if the pages don't end.
 */
export async function listPods(api: RunpodApi, pageSize: number, context: CallContext): Promise<WireObject[]> {
  // By id, since a pod may move to another page meanwhile.
  const pods = new Map<string, WireObject>();
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply: WireObject = await readPage({ limit: pageSize, ...(cursor === null ? {} : { cursor }) }, api, context);
    for (const pod of reply.objects('pods')) pods.set(pod.text('id'), pod);
    const pagination = reply.optionalObject('pagination');
    const next = pagination?.optionalText('nextCursor') ?? '';
    const hasNext = pagination?.optionalFlag('hasNextPage') ?? next !== '';
    if (!hasNext) return [...pods.values()];
    if (next === '' || seen.has(next)) throw voidList('a page says that another follows, but has no new cursor');
    seen.add(next);
    cursor = next;
  }
  throw voidList(`it has more than ${MAX_PAGES} pages`);
}

/** Like {@link listPods}, with REST v1, which returns a plain list without pages. */
export async function listLegacyPods(api: RunpodApi, context: CallContext): Promise<WireObject[]> {
  const call = { method: 'GET', path: '/pods', operation: 'read', expect: [200] } as const;
  const reply = await api.send({ ...call, maxBodyBytes: MAX_PAGE_BYTES }, context);
  return readObjects(reply.json(), 'the list of pods');
}

async function readPage(
  query: Record<string, string | number>,
  api: RunpodApi,
  context: CallContext,
): Promise<WireObject> {
  const call = { method: 'GET', path: '/pods', query, operation: 'read', expect: [200] } as const;
  const reply = await api.send({ ...call, maxBodyBytes: MAX_PAGE_BYTES }, context);
  return readObject(reply.json(), 'the list of pods');
}

function voidList(why: string): PodkeeperError {
  return new PodkeeperError('provider', `the list of pods is void: ${why}`, { provider: 'runpod' });
}
