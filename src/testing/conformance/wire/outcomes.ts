import type { ServerResponse } from 'node:http';
import type { WireOutcome } from './faults';
import type { UpstreamReply } from './upstream';

/** Interval between bytes, ms. Slow enough that no reply is completed. */
const DRIP_MS = 100;
const CHUNK = ' '.repeat(256 * 1_024);

/** Sends the outcome of a fault. `met` is called when nothing more is sent, or when the first byte has been sent. */
export async function fulfil(
  outcome: WireOutcome,
  reply: UpstreamReply | null,
  response: ServerResponse,
  met: () => void,
): Promise<void> {
  switch (outcome.kind) {
    case 'hang':
      met();
      return;
    case 'reset':
      met();
      if (outcome.afterFirstByte) cutInside(reply, response);
      else response.socket?.resetAndDestroy();
      return;
    case 'answer': {
      const { status, contentType, headers, body } = outcome;
      response.writeHead(status, { ...headers, ...(contentType === null ? {} : { 'content-type': contentType }) });
      response.end(body);
      met();
      return;
    }
    case 'edit':
      response.writeHead(reply?.status ?? 200, reply?.headers ?? JSON_HEADERS);
      response.end(outcome.edit(reply?.body ?? ''));
      met();
      return;
    case 'drip':
      drip(reply, response, met);
      return;
    case 'pad':
      response.writeHead(reply?.status ?? 200, reply?.headers ?? JSON_HEADERS);
      met();
      await pad(outcome.bytes, response);
      response.end(reply?.body ?? '{}');
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Resets the connection after the first bytes of the reply. */
function cutInside(reply: UpstreamReply | null, response: ServerResponse): void {
  const body = reply?.body === undefined || reply.body === '' ? '{"podkeeper":true}' : reply.body;
  response.writeHead(okStatus(reply), { ...JSON_HEADERS, 'content-length': Buffer.byteLength(body) + 1_000 });
  response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
}

/** Sends the reply byte by byte, then endless blanks. */
function drip(reply: UpstreamReply | null, response: ServerResponse, met: () => void): void {
  const body = reply?.body ?? '{}';
  let at = 0;
  response.writeHead(okStatus(reply), JSON_HEADERS);
  const timer = setInterval(() => {
    response.write(body[at] ?? ' ');
    at += 1;
    // When the second byte is sent, the headers have surely arrived.
    if (at === 2) met();
  }, DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

/** Sends blanks, which JSON allows before a value, so that only a byte limit notices. */
async function pad(bytes: number, response: ServerResponse): Promise<void> {
  for (let sent = 0; sent < bytes && !response.destroyed; sent += CHUNK.length) {
    if (response.write(CHUNK)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off('drain', go);
        response.off('close', go);
        resolve();
      };
      response.once('drain', go);
      response.once('close', go);
    });
  }
}

/** A status that allows a body. */
function okStatus(reply: UpstreamReply | null): number {
  return reply === null || reply.status === 204 ? 200 : reply.status;
}
