import { HttpClient, HttpFailure } from '../../src/http';
import type { HttpClientOptions, HttpRequest } from '../../src/http';

/** Far longer than any call here takes. A call that isn't ended by what the test is about ends with another failure. */
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

/** A plain request. */
export function get(path = '/pods', more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', path, signal: new AbortController().signal, timeoutMs: PATIENCE_MS, ...more };
}

/** The failure of a call. Fails the test if the call resolves. */
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
  if (typeof outcome === 'string') throw new Error('the call should have rejected, and resolved');
  return outcome.error;
}
