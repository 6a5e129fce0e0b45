import { connect } from 'node:net';
import { formatDuration, messageOf } from '../model';
import { loadUndici } from './loadUndici';
import { sharedDispatcher } from './proxies';

/** `null` if the probe passed, else one line that says what was found instead. */
export type ProbeResult = string | null;

/** What is sent to a URL that needs authorization. Results show none of it. */
export interface AuthorizedProbe {
  /** The URL with its signature. */
  url: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * Requests a URL and expects a status (`null`: any 2xx). Doesn't follow redirects: a login page is not a healthy pod. Doesn't read the body.
 *
 * @param url shown in the result
 */
export async function probeHttp(
  url: string,
  status: number | null,
  timeoutMs: number,
  authorized: AuthorizedProbe = { url, headers: {} },
): Promise<ProbeResult> {
  const { request } = loadUndici();
  try {
    const answer = await request(authorized.url, {
      signal: AbortSignal.timeout(timeoutMs),
      dispatcher: sharedDispatcher(authorized.url),
      headers: { ...authorized.headers, 'user-agent': 'podkeeper-probe', connection: 'close' },
    });
    // An unread body would hold the socket. Only the status matters.
    answer.body.on('error', () => undefined).destroy();
    const passed = status === null ? answer.statusCode >= 200 && answer.statusCode < 300 : answer.statusCode === status;
    return passed ? null : `GET ${url} answered ${answer.statusCode}`;
  } catch (error) {
    return `GET ${url}: ${reasonOf(error, timeoutMs)}`;
  }
}

/**
 * For a loopback host: the other loopback address, as in a URL. A program that listens on `localhost` may listen on either. `undefined` for any other
 * host.
 */
export function otherLoopback(host: string): string | undefined {
  return host === '127.0.0.1' || host === 'localhost' ? '[::1]' : undefined;
}

/** Whether nothing listened there. */
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
  // By its fields, not by `instanceof`: under jest, Node's errors come from another realm.
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (name === 'TimeoutError') return `no answer within ${formatDuration(timeoutMs)}`;
  return typeof code === 'string' ? code : messageOf(error);
}
