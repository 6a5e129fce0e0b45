import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';

/** A request that must be passed on to the fake cloud. */
export interface UpstreamRequest {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The cloud's base URL. */
  upstream: URL;
  /** The proxy's origin. Replaces the cloud's in replies, so that links to further pages lead to the proxy. */
  origin: string;
  signal: AbortSignal;
}

export interface UpstreamReply {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

/** Sends the request to the cloud and reads the whole reply. */
export async function askUpstream(request: UpstreamRequest): Promise<UpstreamReply> {
  const reply = await send(request);
  const body = (await text(reply)).replaceAll(request.upstream.origin, request.origin);
  return { status: reply.statusCode ?? 502, headers: headersOf(reply, request), body };
}

/** Passes the cloud's reply on. Replies that aren't JSON are streamed. */
export async function passOn(request: UpstreamRequest, response: http.ServerResponse): Promise<void> {
  const reply = await send(request);
  response.once('close', () => reply.destroy());
  if (/json/i.test(reply.headers['content-type'] ?? '')) {
    const body = (await text(reply)).replaceAll(request.upstream.origin, request.origin);
    response.writeHead(reply.statusCode ?? 502, headersOf(reply, request));
    response.end(body);
    return;
  }
  response.writeHead(reply.statusCode ?? 502, headersOf(reply, request));
  response.flushHeaders();
  reply.pipe(response);
}

async function send({ method, path, headers, body, upstream, signal }: UpstreamRequest): Promise<http.IncomingMessage> {
  const room = upstream.protocol === 'https:' ? https : http;
  return await new Promise((resolve, reject) => {
    const request = room.request(
      new URL(path, upstream.origin),
      {
        method,
        headers: { ...kept(headers), host: upstream.host, 'accept-encoding': 'identity' },
        // A new connection per request, so that none is left open.
        agent: false,
        signal,
      },
      (reply) => {
        reply.on('error', () => reply.destroy());
        resolve(reply);
      },
    );
    request.on('error', reject);
    request.end(body === '' ? undefined : body);
  });
}

/** Headers about length and connection are not passed on. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

function kept(headers: http.IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !OF_THE_CONNECTION.has(entry[0]),
    ),
  );
}

function headersOf(
  reply: http.IncomingMessage,
  { upstream, origin }: UpstreamRequest,
): Record<string, string | string[]> {
  const entries = Object.entries(kept(reply.headers)).filter(([name]) => name !== 'content-length');
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll(upstream.origin, origin) : value,
    ]),
  );
}
