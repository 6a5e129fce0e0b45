import type { Trial } from '../trial';

/** A request that passed the suite's proxy. */
export interface SeenRequest {
  /** The provider's method that was called. */
  operation: string | null;
  method: string;
  /** With its query. */
  path: string;
}

/** A fault between a provider and its cloud. */
export interface WireFault {
  /** The requests: the create, those that change something, all, or those chosen by a function. Default: `any`. */
  on?: 'create' | 'change' | 'any' | ((request: SeenRequest) => boolean);
  /** Number of matching requests to skip first. Default: 0. */
  skip?: number;
  /** Whether the request reaches the cloud. */
  executed: boolean;
  outcome: WireOutcome;
}

/** What the provider receives. `edit` changes the cloud's reply. */
export type WireOutcome =
  | { kind: 'hang' }
  | { kind: 'reset'; afterFirstByte: boolean }
  | WireAnswer
  | { kind: 'edit'; edit: (body: string) => string }
  | { kind: 'drip' }
  | { kind: 'pad'; bytes: number };

/** A reply made by the suite. */
export interface WireAnswer {
  kind: 'answer';
  status: number;
  contentType: string | null;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A path that is only requested if a redirect is followed. */
export const REDIRECT_PATH = '/podkeeper-redirected';

const PAGE = '<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>';

export function answer(
  status: number,
  body: string,
  contentType: string | null = 'application/json',
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return { kind: 'answer', status, contentType, headers, body };
}

export function page(status: number): WireAnswer {
  return answer(status, PAGE, 'text/html; charset=utf-8');
}

export function redirect(status: number): WireAnswer {
  return answer(status, '', null, { location: REDIRECT_PATH });
}

/** Unreadable replies with status 200. */
export const UNREADABLE: readonly { name: string; outcome: WireAnswer }[] = [
  { name: '200 with an HTML page', outcome: page(200) },
  { name: '200 with an empty body', outcome: answer(200, '') },
  { name: '200 with truncated JSON', outcome: answer(200, '{"id":"podkeeper","pods":[{"id":"pod') },
  { name: '200 with null', outcome: answer(200, 'null') },
  { name: '200 with a text', outcome: answer(200, '"ok"') },
  { name: '204', outcome: answer(204, '', null) },
];

/** Replies that are interrupted. */
export const RESETS: readonly { name: string; outcome: WireOutcome }[] = [
  { name: 'a connection reset before the first byte of the reply', outcome: { kind: 'reset', afterFirstByte: false } },
  { name: 'a connection reset inside the reply', outcome: { kind: 'reset', afterFirstByte: true } },
];

/** An error reply, in the cloud's own form if the option `errorBody` is set. */
export function errorAnswer(
  { options }: Trial,
  status: number,
  message = `an injected error ${status}`,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  const own = options.http?.errorBody?.(status, message);
  const body = own?.body ?? JSON.stringify({ error: message, message, title: message, detail: message, status });
  return answer(status, body, own?.contentType ?? 'application/json', headers);
}
