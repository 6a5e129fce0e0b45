import { connect } from 'node:net';
import { request } from 'undici';
import { formatDuration, messageOf } from '../model';
import { sharedDispatcher } from './proxies';

/** What a probe found: `null` when it passed, else one line on what was there instead. */
export type ProbeResult = string | null;

/** What is really sent to a URL that wants to know who asks. None of it appears in a result. */
export interface AuthorizedProbe {
  /** The URL with its signature. */
  url: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * Asks a URL for an answer with the wanted status (any 2xx where none is named). Follows no redirect: a login page is not a
 * healthy pod. Reads no body.
 *
 * @param url what the result says was asked
 */
export async function probeHttp(
  url: string,
  status: number | null,
  timeoutMs: number,
  authorized: AuthorizedProbe = { url, headers: {} },
): Promise<ProbeResult> {
  try {
    const answer = await request(authorized.url, {
      signal: AbortSignal.timeout(timeoutMs),
      dispatcher: sharedDispatcher(authorized.url),
      headers: { ...authorized.headers, 'user-agent': 'podkeeper-probe', connection: 'close' },
    });
    // An unread body would hold the socket; what happens to it after the status no longer matters.
    answer.body.on('error', () => undefined).destroy();
    const passed = status === null ? answer.statusCode >= 200 && answer.statusCode < 300 : answer.statusCode === status;
    return passed ? null : `GET ${url} answered ${answer.statusCode}`;
  } catch (error) {
    return `GET ${url}: ${reasonOf(error, timeoutMs)}`;
  }
}

/**
 * The other loopback address of a host that is one, in a URL's form: a program that listens on `localhost` may have got either. `undefined` for any other
 * host.
 */
export function otherLoopback(host: string): string | undefined {
  return host === '127.0.0.1' || host === 'localhost' ? '[::1]' : undefined;
}

/** Tells a probe that found nobody listening from one that found something else. */
export function isRefused(result: ProbeResult): boolean {
  return result !== null && result.endsWith(': ECONNREFUSED');
}

/** Tries to open a TCP connection. */
export async function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return await new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port, timeout: timeoutMs });
    const settle = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => settle(null));
    socket.once('timeout', () => settle(`TCP ${host}:${port}: no answer within ${formatDuration(timeoutMs)}`));
    socket.once('error', (error) => settle(`TCP ${host}:${port}: ${reasonOf(error, timeoutMs)}`));
  });
}

function reasonOf(error: unknown, timeoutMs: number): string {
  // By its fields, not by `instanceof`: what Node throws may come from another realm, as under jest.
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (name === 'TimeoutError') return `no answer within ${formatDuration(timeoutMs)}`;
  return typeof code === 'string' ? code : messageOf(error);
}
