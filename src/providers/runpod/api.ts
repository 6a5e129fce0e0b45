import { HttpClient, HttpFailure, readRateLimits } from '../../http';
import type { Environment, HttpReply, HttpRequest } from '../../http';
import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { failureOf } from '../failure';
import type { ErrorRules, FailureOperation } from '../failure';
import { GATE_RULES, RUNPOD_RULES } from './rules';

/** How much of an error's body to read if a stream was expected. */
const MAX_ERROR_BYTES = 16_384;

/** The address and credentials of one of RunPod's APIs. */
export interface RunpodApiOptions {
  baseUrl: string;
  /** Called for each request, so that a rotated key is used. */
  apiKey: () => string | undefined;
  /** The key's variable, for the message if there is no key. */
  keyVariable: string;
  /** Environment variables to read the proxy from. */
  environment: Environment;
  /** The meaning of its errors. Default: the rules of REST v2. */
  rules?: ErrorRules;
}

/** A request, and the statuses that count as success. */
export interface RunpodCall extends Omit<HttpRequest, 'signal' | 'beforeSend'> {
  operation: FailureOperation;
  /** Statuses that mean success. */
  expect: readonly number[];
}

/** One of RunPod's HTTP APIs. Sends each call once, and turns failures into PodkeeperErrors. */
export class RunpodApi {
  private readonly http: HttpClient;
  private readonly baseUrl: string;
  private readonly apiKey: () => string | undefined;
  private readonly keyVariable: string;
  private readonly rules: ErrorRules;

  constructor({ baseUrl, apiKey, keyVariable, environment, rules = RUNPOD_RULES }: RunpodApiOptions) {
    this.baseUrl = baseUrl;
    this.apiKey = apiKey;
    this.keyVariable = keyVariable;
    this.rules = rules;
    this.http = new HttpClient({
      baseUrl,
      environment,
      headers: () => ({ authorization: `Bearer ${this.key()}` }),
      secrets: () => this.secrets(),
    });
  }

  /** @param secrets values to redact from errors, besides the key */
  async send(call: RunpodCall, context: CallContext, secrets: readonly string[] = []): Promise<HttpReply> {
    const { operation, expect, ...request } = call;
    this.key();
    let reply: HttpReply;
    try {
      const beforeSend = context.beforeSend;
      reply = await this.http.request({ ...request, signal: context.signal, ...(beforeSend && { beforeSend }) });
    } catch (error) {
      if (error instanceof HttpFailure) throw this.failure(operation, error, secrets);
      throw error;
    }
    reportRateLimits(reply.headers, context);
    if (!expect.includes(reply.status)) throw this.failure(operation, reply, secrets);
    return reply;
  }

  /**
   * Streams the body of a reply with server-sent events.
   *
   * @param idleTimeoutMs longest silence, ms
   */
  async stream(
    call: Omit<RunpodCall, 'operation'> & { idleTimeoutMs?: number },
    context: CallContext,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { expect, ...request } = call;
    this.key();
    try {
      const reply = await this.http.stream({ ...request, signal: context.signal });
      reportRateLimits(reply.headers, context);
      const isExpected = expect.includes(reply.status);
      if (isExpected && isEventStream(reply.headers)) return reply.body;
      const text = await reply.text(MAX_ERROR_BYTES);
      if (isExpected) throw noEventStream(reply.headers);
      throw this.failure('read', { status: reply.status, headers: reply.headers, text }, []);
    } catch (error) {
      if (error instanceof HttpFailure) throw this.failure('read', error, []);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private failure(
    operation: FailureOperation,
    outcome: Pick<HttpReply, 'status' | 'headers' | 'text'> | HttpFailure,
    secrets: readonly string[],
  ): PodkeeperError {
    return failureOf({
      provider: 'runpod',
      operation,
      outcome,
      rules: 'reason' in outcome || isJson(outcome.text) ? this.rules : GATE_RULES,
      secrets: [...this.secrets(), ...secrets],
    });
  }

  /** The address and the key, which identify the account. @throws PodkeeperError `unauthorized` without a key. */
  access(): [baseUrl: string, key: string] {
    return [this.baseUrl, this.key()];
  }

  private key(): string {
    const [key] = this.secrets();
    if (key !== undefined) return key;
    const message = `no API key for RunPod: set ${this.keyVariable} in the worker's environment`;
    throw new PodkeeperError('unauthorized', message, { provider: 'runpod', refused: true });
  }

  /** The key, if there is one. */
  private secrets(): string[] {
    const key = this.apiKey()?.trim();
    return key === undefined || key === '' ? [] : [key];
  }
}

/** Other content, such as a gateway's page, would look like a stream without events. */
function isEventStream(headers: HttpReply['headers']): boolean {
  return contentTypeOf(headers) === 'text/event-stream';
}

function contentTypeOf(headers: HttpReply['headers']): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(headers['content-type'] ?? '')?.[0].toLowerCase() ?? 'no content type';
}

function noEventStream(headers: HttpReply['headers']): PodkeeperError {
  const found = contentTypeOf(headers);
  const message = `RunPod answered with ${found} instead of a stream of events: check whether a gateway or another program answers at the base URL`;
  return new PodkeeperError('provider', message, { provider: 'runpod' });
}

function reportRateLimits(headers: HttpReply['headers'], context: CallContext): void {
  const windows = readRateLimits(headers);
  if (windows.length > 0) context.rateLimits?.(windows);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
