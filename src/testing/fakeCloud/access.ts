import type { IncomingHttpHeaders } from 'node:http';
import { htmlPage } from './reply';
import type { Reply } from './reply';

/** An API key of the fake cloud, and its permissions. */
export interface FakeKey {
  /** The key in requests: `Authorization: Bearer …`. */
  key: string;
  /** `read`: requests that change something are answered with 403. `none`: all requests are. Default: `all`. */
  access?: 'all' | 'read' | 'none';
}

/** Default user agents of HTTP libraries. The network in front of the API refuses them (field report). */
const DEFAULT_AGENTS = /^(?:|node|undici|node-fetch.*|python-urllib.*|go-http-client.*|java\/.*)$/i;

/** The answer to a caller without its own user agent; `null` for all others. */
export function refuseDefaultAgent(headers: IncomingHttpHeaders): Reply | null {
  return DEFAULT_AGENTS.test((headers['user-agent'] ?? '').trim()) ? htmlPage(403, 'Error 1010') : null;
}

/** A request's key; `null` without one. The cloud checks keys that aren't listed, since they may have been added later. */
export function keyOf(headers: IncomingHttpHeaders, keys: readonly FakeKey[]): FakeKey | null {
  const token = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return null;
  return keys.find(({ key }) => key === token) ?? { key: token };
}

/** Whether a key allows a request's method. */
export function isAllowed({ access = 'all' }: FakeKey, method: string): boolean {
  return access === 'all' || (access === 'read' && (method === 'GET' || method === 'HEAD'));
}
