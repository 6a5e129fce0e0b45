import { HttpClient, HttpFailure } from '../../src/http';
import type { HttpClientOptions, HttpRequest } from '../../src/http';

/** Far more than any call here takes; a call that isn't ended by what the test is about ends by it, and the test sees another failure. */
export const PATIENCE_MS = 30_000;

/** Runs `use` with a client that is closed afterwards. */
export async function withClient<T>(
  baseUrl: string,
  use: (client: HttpClient) => Promise<T>,
  options: Partial<HttpClientOptions> = {},
): Promise<T> {
  const client = new HttpClient({ baseUrl, ...options });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** A request with nothing special. */
export function get(path = '/pods', more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', path, signal: new AbortController().signal, timeoutMs: PATIENCE_MS, ...more };
}

/** What a call fails with; fails the test when it doesn't. */
export async function failure(call: Promise<unknown>): Promise<HttpFailure> {
  const error = await rejection(call);
  expect(error).toBeInstanceOf(HttpFailure);
  return error as HttpFailure;
}

export async function rejection(call: Promise<unknown>): Promise<unknown> {
  const outcome = await call.then(
    () => 'it resolved',
    (error: unknown) => ({ error }),
  );
  if (typeof outcome === 'string') throw new Error('the call was to reject, and resolved');
  return outcome.error;
}
