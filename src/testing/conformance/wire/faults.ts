/** A request as the suite's proxy has seen it. */
export interface SeenRequest {
  /** The provider's method that was being called. */
  operation: string | null;
  method: string;
  /** With its query. */
  path: string;
}

/** Something that goes wrong between a provider and its cloud. */
export interface WireFault {
  /** Which requests: the one that creates, those that change something, all, or those that a function chooses. Default `any`. */
  on?: 'create' | 'change' | 'any' | ((request: SeenRequest) => boolean);
  /** How many of them to let through first. Default 0. */
  skip?: number;
  /** Whether the cloud is asked and does its work. */
  executed: boolean;
  outcome: WireOutcome;
}

/** What a provider then finds. `edit` gets the cloud's own reply. */
export type WireOutcome =
  | { kind: 'hang' }
  | { kind: 'reset'; afterFirstByte: boolean }
  | WireAnswer
  | { kind: 'edit'; edit: (body: string) => string }
  | { kind: 'drip' }
  | { kind: 'pad'; bytes: number };

/** A reply of the suite's own. */
export interface WireAnswer {
  kind: 'answer';
  status: number;
  contentType: string | null;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A fault with its name, for messages. */
export interface NamedFault {
  name: string;
  fault: WireFault;
}

/** A path that nothing but a followed redirect asks for. */
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

/** Replies of status 200 in which there is nothing to read. */
export const UNREADABLE: readonly { name: string; outcome: WireAnswer }[] = [
  { name: '200 with an HTML page', outcome: page(200) },
  { name: '200 with an empty body', outcome: answer(200, '') },
  { name: '200 with JSON cut in the middle', outcome: answer(200, '{"id":"podkeeper","pods":[{"id":"pod') },
  { name: '200 with null', outcome: answer(200, 'null') },
  { name: '200 with a text', outcome: answer(200, '"ok"') },
  { name: '204', outcome: answer(204, '', null) },
];

/** Replies that end before they are there. */
export const RESETS: readonly { name: string; outcome: WireOutcome }[] = [
  { name: 'a connection reset before the first byte of the reply', outcome: { kind: 'reset', afterFirstByte: false } },
  { name: 'a connection reset inside the reply', outcome: { kind: 'reset', afterFirstByte: true } },
];
