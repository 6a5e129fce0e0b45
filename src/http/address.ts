import { PodkeeperError } from '../model';
import { parseHttpAddress } from '../model/httpAddress';

/** A parameter of a query. A list repeats the name; `undefined` leaves it out. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[] | undefined;

/** The parts of an API's base URL. */
export interface BaseAddress {
  /** Scheme, host and port. */
  origin: string;
  /** For messages: host and port. */
  host: string;
  /** Comes before every path; has no `/` at its end. */
  prefix: string;
}

/** @throws PodkeeperError `validation` if it is not the plain URL of an HTTP API. */
export function parseBaseUrl(baseUrl: string): BaseAddress {
  const url = parseHttpAddress(baseUrl);
  // The message doesn't show it: it may contain a password.
  if (url === undefined) throw refused('baseUrl', 'must be an http or https URL without user, query and fragment');
  return { origin: url.origin, host: url.host, prefix: url.pathname.replace(/\/+$/, '') };
}

/**
 * Joins a path to a base URL. The result stays below the base: ids in the path come from users, and `..` would address something else.
 *
 * @throws PodkeeperError `validation`, `refused`.
 */
export function joinPath(base: BaseAddress, path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  if (!/^\/(?!\/)[!-~]*$/.test(path) || /[?#\\]/.test(path)) {
    throw refused('path', "must start with one '/' and be percent-encoded, without query and fragment");
  }
  if (segmentsOf(path).some((segment) => segment === '.' || segment === '..')) {
    throw refused('path', "must not contain the segments '.' and '..', not even encoded");
  }
  const written = writeQuery(query);
  return `${base.prefix}${path}${written === '' ? '' : `?${written}`}`;
}

/** The segments as the most lenient server reads them: decoded, and split at encoded separators too. */
function segmentsOf(path: string): string[] {
  let decoded = path;
  // Twice: a proxy may decode once, and the server behind it once more.
  for (let round = 0; round < 2; round++) {
    try {
      decoded = decodeURIComponent(decoded);
    } catch {
      if (round === 0) throw refused('path', "has a '%' that starts no encoded character");
    }
  }
  return decoded.split(/[/\\]/).map((segment) => segment.split(';')[0] ?? '');
}

function writeQuery(query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value].flat()) {
      if (item !== undefined) parameters.append(name, String(item));
    }
  }
  return parameters.toString();
}

/** Nothing was sent, since a field of the request is invalid. */
export function refused(field: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${field}: ${message}`, {
    refused: true,
    details: [{ path: field, message }],
  });
}
