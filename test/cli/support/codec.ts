import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { listen } from '../../support/listening';

/** A user's codec, as CommonJS: AES-256-GCM. */
export const CODEC = `
const { createCipheriv, createDecipheriv, randomBytes } = require('node:crypto');
const key = Buffer.alloc(32, 7);
const text = (string) => new TextEncoder().encode(string);
exports.payloadCodecs = [{
  async encode(payloads) {
    return payloads.map((payload) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const plain = JSON.stringify([Object.entries(payload.metadata).map(([k, v]) => [k, Buffer.from(v).toString('base64')]), Buffer.from(payload.data ?? []).toString('base64')]);
      const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return { metadata: { encoding: text('binary/secret') }, data };
    });
  },
  async decode(payloads) {
    return payloads.map((payload) => {
      if (Buffer.from(payload.metadata.encoding).toString() !== 'binary/secret') return payload;
      const data = Buffer.from(payload.data);
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, 12));
      decipher.setAuthTag(data.subarray(-16));
      const plain = Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]).toString();
      const [metadata, body] = JSON.parse(plain);
      return { metadata: Object.fromEntries(metadata.map(([k, v]) => [k, Buffer.from(v, 'base64')])), data: Buffer.from(body, 'base64') };
    });
  },
}];
`;

/** The same as an ES module, which finds the other beside it. */
export const CODEC_MODULE = "export { payloadCodecs } from './codec.cjs';\n";

interface WirePayload {
  metadata: Record<string, string>;
  data: string;
}

/** Temporal's type. */
export interface Codec {
  encode(payloads: Coded): Promise<Coded>;
  decode(payloads: Coded): Promise<Coded>;
}

type Coded = { metadata: Record<string, Uint8Array>; data: Uint8Array }[];

/** A codec server for a test. */
export interface CodecServer {
  url: string;
  /** The requests, with their headers. */
  asked: { path: string; headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** @param codec encodes and decodes */
export async function startCodecServer(codec: Codec): Promise<CodecServer> {
  const asked: CodecServer['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { payloads } = JSON.parse(body) as { payloads: WirePayload[] };
      const isDecode = request.url?.endsWith('/decode') === true;
      const coded = payloads.map(read);
      (isDecode ? codec.decode(coded) : codec.encode(coded)).then(
        (coded) => response.end(JSON.stringify({ payloads: coded.map(write) })),
        () => response.writeHead(400).end(),
      );
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function read({ metadata, data }: WirePayload): Coded[number] {
  const bytes = Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data, 'base64') };
}

function write({ metadata, data }: Coded[number]): WirePayload {
  const texts = Object.entries(metadata).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const);
  return { metadata: Object.fromEntries(texts), data: Buffer.from(data).toString('base64') };
}
