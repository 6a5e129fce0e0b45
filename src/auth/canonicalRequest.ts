/** The parts of an HTTP request to which a signature holds, in the one form that all spellings of them come to. */
export interface CanonicalRequest {
  host: string;
  path: string;
  /** Without what a signature adds. */
  query: string;
  /** What a signature adds, by name; each name with all its values. */
  added: ReadonlyMap<string, string[]>;
}

/** The query parameters that a signature adds. */
export const SIGNATURE_PARAMETERS = ['pk_expires', 'pk_claim', 'pk_key', 'pk_signature'] as const;
export type SignatureParameter = (typeof SIGNATURE_PARAMETERS)[number];

/** What a signature holds to, beside the request itself. */
export interface SignatureScope {
  method: string;
  /** Seconds since 1970. */
  expires: string;
  claim: string;
  keyVersion: string;
}

/** Scheme and authority, which a request line need not have; path; query; fragment, which no request has. */
const URL_PARTS = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#[^]*)?$/;

/**
 * Reads a URL, or what stands in a request's first line with the host beside it.
 *
 * @param host holds against the URL's own
 * @returns `undefined` for what can't be asked for over HTTP, or could be understood in two ways.
 */
export function canonicalRequest(url: string, host?: string): CanonicalRequest | undefined {
  const [, authority, writtenPath = '', writtenQuery = ''] = URL_PARTS.exec(url) ?? [];
  const at = host ?? authority;
  if (at === undefined || authority?.includes('@') === true) return undefined;
  if (!writtenPath.startsWith('/') && !(writtenPath === '' && authority !== undefined)) return undefined;
  const canonicalHost = hostOf(at);
  const path = pathOf(writtenPath === '' ? '/' : writtenPath);
  const parameters = parametersOf(writtenQuery);
  if (canonicalHost === undefined || path === undefined || parameters === undefined) return undefined;
  const added = new Map<string, string[]>();
  const kept: Parameter[] = [];
  for (const parameter of parameters) {
    if (!isAdded(parameter.name)) kept.push(parameter);
    else added.set(parameter.name, [...(added.get(parameter.name) ?? []), parameter.value]);
  }
  return { host: canonicalHost, path, query: sorted(kept), added };
}

/** The text that is signed: a line each, and no line can hold the end of one. */
export function textToSign({ host, path, query }: CanonicalRequest, scope: SignatureScope): string {
  return [
    'podkeeper-signed-url-v1',
    scope.method,
    host,
    path,
    query,
    scope.expires,
    scope.claim,
    scope.keyVersion,
  ].join('\n');
}

interface Parameter {
  name: string;
  value: string;
}

function isAdded(name: string): name is SignatureParameter {
  return (SIGNATURE_PARAMETERS as readonly string[]).includes(name);
}

/** In small letters, without the usual ports: those of HTTP and HTTPS alike, since only the client knows which of the two it spoke. */
function hostOf(written: string): string | undefined {
  if (!/^[^\s/?#@\\]{1,300}$/.test(written)) return undefined;
  try {
    return new URL(`http://${written}/`).host.replace(/:443$/, '');
  } catch {
    return undefined;
  }
}

/** Segment by segment, so that an encoded slash stays one. What a server may or may not resolve, `.` and `..`, is refused. */
function pathOf(written: string): string | undefined {
  const segments = written.split('/').map((segment) => recoded(segment, false));
  if (segments.some((segment) => segment === undefined || segment === '.' || segment === '..')) return undefined;
  return segments.join('/');
}

function parametersOf(written: string): Parameter[] | undefined {
  const parameters: Parameter[] = [];
  for (const piece of written.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = recoded(equals === -1 ? piece : piece.slice(0, equals), true);
    const value = recoded(equals === -1 ? '' : piece.slice(equals + 1), true);
    if (name === undefined || value === undefined) return undefined;
    parameters.push({ name, value });
  }
  return parameters;
}

/** By name only: which of two values comes first may matter to the one who reads them. */
function sorted(parameters: readonly Parameter[]): string {
  return parameters
    .toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

/** RFC 3986's unreserved characters as they are, every other byte as `%XX` in capitals; `undefined` where a `%` begins no byte. */
function recoded(written: string, plusIsSpace: boolean): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(written)) return undefined;
  return written.replaceAll(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~-]/gu, (piece) => {
    if (plusIsSpace && piece === '+') return '%20';
    if (piece.length !== 3 || !piece.startsWith('%')) return percentEncoded(piece);
    const character = String.fromCharCode(Number.parseInt(piece.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : piece.toUpperCase();
  });
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
}
