import { PodkeeperError } from '../model';
import { parseHttpAddress } from '../model/httpAddress';

/** A parameter of a query: a list is written once for each of its items, `undefined` not at all. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[] | undefined;

/** Where an API is, taken apart. */
export interface BaseAddress {
  /** Scheme, host and port. */
  origin: string;
  /** For messages: host and port. */
  host: string;
  /** What comes before every path; no `/` at its end. */
  prefix: string;
}

/** @throws PodkeeperError `validation` where it isn't the plain address of an HTTP API. */
export function parseBaseUrl(baseUrl: string): BaseAddress {
  const url = parseHttpAddress(baseUrl);
  // The text isn't shown: what makes it wrong may be a password in it.
  if (url === undefined) throw refused('baseUrl', 'must be an http or https address without user, query and fragment');
  return { origin: url.origin, host: url.host, prefix: url.pathname.replace(/\/+$/, '') };
}

/**
 * Joins a path to a base. The path stays below it: ids in it come from users, and `..` would make another call of this one.
 *
 * @throws PodkeeperError `validation`, refused.
 */
export function joinPath(base: BaseAddress, path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  if (!/^\/(?!\/)[!-~]*$/.test(path) || /[?#\\]/.test(path)) {
    throw refused('path', "must begin with one '/' and be percent-encoded, without query and fragment");
  }
  if (segmentsOf(path).some((segment) => segment === '.' || segment === '..')) {
    throw refused('path', "must not hold the segments '.' and '..', encoded neither");
  }
  const written = writeQuery(query);
  return `${base.prefix}${path}${written === '' ? '' : `?${written}`}`;
}

/** As the most lenient server would see them: decoded, and cut at encoded separators too. */
function segmentsOf(path: string): string[] {
  let decoded = path;
  // Twice: a proxy may decode once, and what is behind it once more.
  for (let round = 0; round < 2; round++) {
    try {
      decoded = decodeURIComponent(decoded);
    } catch {
      if (round === 0) throw refused('path', "has a '%' that begins no encoded character");
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

function refused(field: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${field}: ${message}`, {
    refused: true,
    details: [{ path: field, message }],
  });
}
