import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { plainError, problem, text } from '../reply';
import type { Reply } from '../reply';
import { mutate } from './mutations';
import type { RetryAfter, WireFault } from './faults';

/** A reply on its way to the caller. */
export interface Delivery {
  response: ServerResponse;
  /** The cloud's reply; `null` if it wasn't called. */
  reply: Reply | null;
  fault: WireFault | null;
  /** The time on the fake cloud's clock, ms since 1970. */
  now: number;
  /** Headers of every answer. */
  headers: Readonly<Record<string, string>>;
  /** The API's form of errors. */
  errorForm: 'problem' | 'plain';
  /** Aborts when the caller disconnects or the fake cloud closes. */
  signal: AbortSignal;
}

/** Sends a reply, changed by the wire fault. Returns when nothing more is sent; a hanging call stays open then. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { fault, response } = delivery;
  if (fault === null) return await send(delivery, delivery.reply ?? EMPTY);
  switch (fault.kind) {
    case 'hang_before_headers':
      return;
    case 'reset_before_answer':
      response.socket?.resetAndDestroy();
      return;
    case 'quota_spent':
      return await send(
        { ...delivery, headers: { ...delivery.headers, ...spentWindow(fault.seconds ?? 60) } },
        delivery.reply ?? EMPTY,
      );
    case 'rate_limited':
      return await send(delivery, rateLimited(fault.retryAfter ?? { form: 'seconds', seconds: 1 }, delivery));
    case 'status':
      return await send(delivery, errorReply(fault.status, `an injected error ${fault.status}`, delivery));
    case 'redirect':
      return await send(delivery, {
        status: fault.status ?? 302,
        headers: { location: fault.location ?? '/redirected' },
        body: '',
      });
    case 'hang_after_headers':
      return hangAfterHeaders(delivery, delivery.reply ?? EMPTY);
    case 'reset_in_answer':
      return resetInAnswer(delivery, delivery.reply ?? EMPTY);
    case 'slow_body':
      return await drip(delivery, delivery.reply ?? EMPTY, fault.bytes ?? 1, fault.everyMs ?? 100);
    case 'gzip_body':
      return sendBytes(delivery, delivery.reply ?? EMPTY);
    case 'malformed_json':
    case 'truncated_json':
    case 'html_page':
    case 'empty_body':
    case 'huge_body':
    case 'numbers_as_texts':
    case 'list_as_object':
    case 'null_id':
    case 'renamed_wrapper':
      return await send(delivery, mutate(delivery.reply ?? EMPTY, fault));
  }
}

/** The reply if the cloud wasn't called. */
const EMPTY: Reply = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };

async function send({ response, headers, signal }: Delivery, reply: Reply): Promise<void> {
  const { stream } = reply;
  if (stream === undefined) {
    response.writeHead(reply.status, {
      ...headers,
      ...reply.headers,
      ...(reply.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(reply.body)) }),
    });
    response.end(reply.body);
    return;
  }
  response.writeHead(reply.status, { ...headers, ...reply.headers });
  response.flushHeaders();
  response.write(reply.body);
  for await (const part of stream(signal)) response.write(part);
  response.end();
}

/** A status that allows a body. */
function withBody(status: number): number {
  return status === 204 ? 200 : status;
}

function hangAfterHeaders({ response, headers }: Delivery, reply: Reply): void {
  response.writeHead(withBody(reply.status), {
    ...headers,
    ...reply.headers,
    'content-length': String(Math.max(1, Buffer.byteLength(reply.body))),
  });
  response.flushHeaders();
}

function resetInAnswer({ response, headers }: Delivery, reply: Reply): void {
  const bytes = Buffer.from(reply.body === '' ? '{}' : reply.body);
  response.writeHead(withBody(reply.status), {
    ...headers,
    ...reply.headers,
    'content-length': String(bytes.length),
  });
  // Reset only after the first half was sent, since a reset discards what is still buffered.
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => {
    setImmediate(() => response.socket?.destroy());
  });
}

async function drip(
  { response, headers, signal }: Delivery,
  reply: Reply,
  bytes: number,
  everyMs: number,
): Promise<void> {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...headers, ...reply.headers, 'content-length': String(body.length) });
  response.flushHeaders();
  for (let sent = 0; sent < body.length; sent += bytes) {
    response.write(body.subarray(sent, sent + bytes));
    // The caller has disconnected.
    if (await delay(everyMs, false, { signal }).catch(() => true)) return;
  }
  response.end();
}

function sendBytes({ response, headers }: Delivery, reply: Reply): void {
  const body = gzipSync(reply.body);
  response.writeHead(reply.status, {
    ...headers,
    ...reply.headers,
    'content-encoding': 'gzip',
    'content-length': String(body.length),
  });
  response.end(body);
}

function rateLimited(retryAfter: RetryAfter, delivery: Delivery): Reply {
  if (retryAfter.form === 'plain_text') return text(429, 'Too many requests');
  if (retryAfter.form === 'words') return text(429, `Too many requests. Try again in ${retryAfter.seconds} seconds`);
  const reply = errorReply(429, 'too many requests', delivery);
  return { ...reply, headers: { ...reply.headers, ...retryAfterHeader(retryAfter, delivery.now) } };
}

function retryAfterHeader(retryAfter: RetryAfter, now: number): Record<string, string> {
  switch (retryAfter.form) {
    case 'seconds':
      return { 'retry-after': String(retryAfter.seconds) };
    case 'date':
      return { 'retry-after': new Date(now + retryAfter.afterMs).toUTCString() };
    case 'window':
      return spentWindow(retryAfter.seconds);
    case 'none':
    case 'plain_text':
    case 'words':
      return {};
  }
}

function spentWindow(seconds: number): Record<string, string> {
  return { ratelimit: `"day";r=0;t=${seconds}`, 'ratelimit-policy': '"day";q=1000;w=86400' };
}

function errorReply(status: number, detail: string, { errorForm }: Delivery): Reply {
  return errorForm === 'problem' ? problem(status, detail) : plainError(status, detail);
}
