import type { IncomingHttpHeaders } from 'node:http';
import { htmlPage } from './reply';
import type { Reply } from './reply';

/** An API key of the fake cloud, and what it opens. */
export interface FakeKey {
  /** What requests bear as `Authorization: Bearer …`. */
  key: string;
  /** `read`: whatever changes something is answered with 403. `none`: everything is. Default `all`. */
  access?: 'all' | 'read' | 'none';
}

/** The agents of HTTP libraries, as they call themselves when nobody names the program: the network in front of the API lets none of them in (field report). */
const NAMELESS_AGENTS = /^(?:|node|undici|node-fetch.*|python-urllib.*|go-http-client.*|java\/.*)$/i;

/** The answer to a caller without a name of its own; `null` for all others. */
export function refuseNameless(headers: IncomingHttpHeaders): Reply | null {
  return NAMELESS_AGENTS.test((headers['user-agent'] ?? '').trim()) ? htmlPage(403, 'Error 1010') : null;
}

/** The key that a request bears, `null` without one. Whether a key that isn't listed is valid, the cloud knows: it may have been added later. */
export function keyOf(headers: IncomingHttpHeaders, keys: readonly FakeKey[]): FakeKey | null {
  const token = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return null;
  return keys.find(({ key }) => key === token) ?? { key: token };
}

/** Tells whether a key opens what a request asks for. */
export function mayDo({ access = 'all' }: FakeKey, method: string): boolean {
  return access === 'all' || (access === 'read' && (method === 'GET' || method === 'HEAD'));
}
