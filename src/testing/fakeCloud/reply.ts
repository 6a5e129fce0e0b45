/** The fake cloud's reply, before wire faults apply. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  body: string;
  /** Further parts after `body`, until it ends or the signal aborts. */
  stream?: (signal: AbortSignal) => AsyncIterable<string>;
}

/** REST v2's titles of statuses. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An error in the form of REST v2 (RunPod REST v2 OpenAPI, snapshot 2026-08-20: `ErrorResponse`). */
export function problem(
  status: number,
  detail: string,
  { errors, headers = {} }: { errors?: readonly string[]; headers?: Readonly<Record<string, string>> } = {},
): Reply {
  const body = { title: titleOf(status), status, detail, ...(errors === undefined ? {} : { errors }) };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify(body),
  };
}

/** An error in the form of REST v1 and the job API (field report). */
export function plainError(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return json(status, { error }, headers);
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}

/** An HTML page, as from the network in front of the API. */
export function htmlPage(status: number, title: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}

export function noContent(): Reply {
  return { status: 204, headers: {}, body: '' };
}

function titleOf(status: number): string {
  return TITLES[status] ?? `Status ${status}`;
}

/** A failure's `Retry-After` header. */
export function waitOf({ retryAfterMs }: { retryAfterMs: number | null }): Record<string, string> {
  return retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
}
