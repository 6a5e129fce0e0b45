import type { DataConverter } from '@temporalio/client';
import { HttpClient, HttpFailure } from '../../http';
import type { Environment } from '../../http';
import { PodkeeperError } from '../../model';
import { UnreadableAnswer } from '../../client/unreadable';

/** Temporal's type, derived from `@temporalio/client`, which every command loads anyway. */
export type PayloadCodec = NonNullable<DataConverter['payloadCodecs']>[number];
type Payload = Parameters<PayloadCodec['encode']>[0][number];

/** Where a codec server is, and how to call it. The protocol is Temporal's. */
export interface CodecServerOptions {
  /** URL. `{namespace}` is replaced with the namespace, as in Temporal's CLI. */
  endpoint: string;
  namespace: string;
  /** Value of the `Authorization` header. `undefined` sends none. */
  auth: string | undefined;
  /** Environment variables to read the proxy from. */
  environment: Environment;
}

/** Timeout of one call, ms. */
const CALL_LIMIT_MS = 10_000;

/** A payload as protobuf JSON: bytes are Base64. */
interface WirePayload {
  metadata?: Record<string, string>;
  data?: string;
}

/**
 * Encodes and decodes with a codec server: `POST <endpoint>/encode` and `…/decode`, with the namespace in `X-Namespace`.
 *
 * @throws PodkeeperError `validation` if the endpoint isn't a URL.
 */
export function codecServer({ endpoint, namespace, auth, environment }: CodecServerOptions): PayloadCodec {
  const address = endpoint.replaceAll('{namespace}', encodeURIComponent(namespace));
  const headers = { 'x-namespace': namespace, ...(auth !== undefined && { authorization: auth }) };
  const http = new HttpClient({
    baseUrl: address.replace(/\/+$/, ''),
    headers: () => headers,
    secrets: () => (auth === undefined ? [] : [auth]),
    environment,
  });
  const ask = async (what: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> => {
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const reply = await http.request({
      method: 'POST',
      path: `/${what}`,
      json: { payloads: payloads.map(write) },
      signal,
    });
    if (reply.status !== 200) throw new Error(`it answered ${reply.status}`);
    return readReply(reply.json(), payloads.length);
  };
  const why = (error: unknown) => {
    // Only the host: the endpoint's user and query may be secrets.
    const { host } = new URL(address);
    const hint =
      error instanceof HttpFailure && error.reason === 'dns' ? 'check its address' : 'check --codec-endpoint';
    return `the codec server at ${host} failed (${error instanceof Error ? error.message : 'unknown error'}): ${hint} and --codec-auth`;
  };
  return {
    encode: async (payloads) =>
      await ask('encode', payloads).catch((error: unknown) => {
        throw new PodkeeperError('transport', why(error), { cause: error, refused: true });
      }),
    decode: async (payloads) =>
      await ask('decode', payloads).catch((error: unknown) => {
        throw new UnreadableAnswer(`Temporal's answer can't be decoded: ${why(error)}`, error);
      }),
  };
}

function write({ metadata, data }: Payload): WirePayload {
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)])),
    ...(data != null && { data: base64(data) }),
  };
}

function readReply(reply: unknown, count: number): Payload[] {
  const { payloads } = (reply ?? {}) as { payloads?: unknown };
  if (!Array.isArray(payloads) || payloads.length !== count)
    throw new Error(`its answer doesn't have ${count} payloads`);
  return payloads.map(read);
}

function read(payload: unknown): Payload {
  if (typeof payload !== 'object' || payload === null)
    throw new Error('its answer contains something other than payloads');
  const { metadata = {}, data = '' } = payload as WirePayload;
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, bytes(text)])),
    data: bytes(data),
  };
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

/** Node's decoder accepts both Base64 alphabets, as protobuf JSON does. */
function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
