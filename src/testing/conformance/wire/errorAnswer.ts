import type { Trial } from '../trial';
import { answer, type WireAnswer } from './faults';

/** An error reply in the cloud's own form, where the harness knows it. */
export function errorAnswer(
  { options }: Trial,
  status: number,
  message = `podkeeper lets the request fail with ${status}`,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  const own = options.http?.errorBody?.(status, message);
  const body = own?.body ?? JSON.stringify({ error: message, message, title: message, detail: message, status });
  return answer(status, body, own?.contentType ?? 'application/json', headers);
}
