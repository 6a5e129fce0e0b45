import { json, problem } from '../reply';
import type { Reply } from '../reply';

/** A page of REST v2's list. Pages exist in newer builds (field report: `limit`, `cursor`, `pagination`). */
export function wirePage(items: readonly Listed[], query: URLSearchParams, pageSize: number | null): Reply {
  const pods = items.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
  // A build without pages ignores both parameters.
  if (pageSize === null) return json(200, { pods });
  const limit = limitOf(query, pageSize);
  if (limit === undefined)
    return problem(422, 'the query of the list is invalid', { errors: ['limit: must be 1 to 1000'] });
  const after = query.get('cursor') ?? '';
  if (after !== '' && !CURSOR.test(decoded(after))) return problem(400, 'cursor: must be a cursor of this list');
  const left = after === '' ? pods : pods.filter((pod) => placeOf(pod) > decoded(after));
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const hasNextPage = left.length > page.length;
  const nextCursor = hasNextPage && last !== undefined ? Buffer.from(placeOf(last)).toString('base64url') : null;
  return json(200, { pods: page, pagination: { nextCursor, hasNextPage } });
}

interface Listed {
  id: string;
  createdAt: string;
}

/** Sorts by creation time, so that a cursor stays valid while pods are created and ended. */
function placeOf({ id, createdAt }: Listed): string {
  return `${createdAt} ${id}`;
}

const CURSOR = /^\d{4}-\d\d-\d\dT\S+ \S+$/;

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

function limitOf(query: URLSearchParams, most: number): number | undefined {
  const text = query.get('limit');
  if (text === null) return most;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= 1_000 ? Math.min(limit, most) : undefined;
}
