import { HttpClient, HttpFailure, readRateLimits } from '../../http';
import type { Environment, HttpReply, HttpRequest } from '../../http';
import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { failureOf } from '../failure';
import type { ErrorRules, FailureOperation } from '../failure';
import { GATE_RULES, RUNPOD_RULES } from './rules';

/** What of an error's body is read where a stream was expected. */
const LONGEST_ERROR_BYTES = 16_384;

/** Where an API of RunPod is and who calls it. */
export interface RunpodApiOptions {
  baseUrl: string;
  /** Read at each call, so that a rotated key is taken up. */
  apiKey: () => string | undefined;
  /** Where the key comes from, for the message when there is none. */
  keyVariable: string;
  /** Where the proxy on the way is read. */
  environment: Environment;
  /** What its errors mean. Default: those of REST v2. */
  rules?: ErrorRules;
}

/** One request and what counts as its success. */
export interface RunpodCall extends Omit<HttpRequest, 'signal' | 'beforeSend'> {
  operation: FailureOperation;
  /** Statuses that are no error. */
  expect: readonly number[];
}

/** One of RunPod's HTTP APIs: sends a call once, and turns whatever else than success comes of it into a PodkeeperError. */
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

  /** @param secrets what of the request no error may show, beside the key */
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
    hear(reply.headers, context);
    if (!expect.includes(reply.status)) throw this.failure(operation, reply, secrets);
    return reply;
  }

  /**
   * The body of a reply of server-sent events, as it comes in.
   *
   * @param idleTimeoutMs how long it may be silent
   */
  async stream(
    call: Omit<RunpodCall, 'operation'> & { idleTimeoutMs?: number },
    context: CallContext,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { expect, ...request } = call;
    this.key();
    try {
      const reply = await this.http.stream({ ...request, signal: context.signal });
      hear(reply.headers, context);
      const isExpected = expect.includes(reply.status);
      if (isExpected && isEventStream(reply.headers)) return reply.body;
      const text = await reply.text(LONGEST_ERROR_BYTES);
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

  /** What says whose pods are listed: the address and the key. @throws PodkeeperError `unauthorized` without a key. */
  access(): [baseUrl: string, key: string] {
    return [this.baseUrl, this.key()];
  }

  private key(): string {
    const [key] = this.secrets();
    if (key !== undefined) return key;
    const message = `no API key for RunPod: set ${this.keyVariable} in the worker's environment`;
    throw new PodkeeperError('unauthorized', message, { provider: 'runpod', refused: true });
  }

  /** The key, where there is one. */
  private secrets(): string[] {
    const key = this.apiKey()?.trim();
    return key === undefined || key === '' ? [] : [key];
  }
}

/** Anything else, such as the page of a gateway, has no events in it, and would read as a stream without any. */
function isEventStream(headers: HttpReply['headers']): boolean {
  return contentTypeOf(headers) === 'text/event-stream';
}

function contentTypeOf(headers: HttpReply['headers']): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(headers['content-type'] ?? '')?.[0].toLowerCase() ?? 'no content type';
}

function noEventStream(headers: HttpReply['headers']): PodkeeperError {
  const found = contentTypeOf(headers);
  const message = `RunPod answered with ${found} where a stream of events was expected: is it another program, or a gateway, that answers?`;
  return new PodkeeperError('provider', message, { provider: 'runpod' });
}

function hear(headers: HttpReply['headers'], context: CallContext): void {
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
