/** The signed parts of an HTTP request in canonical form, the same for all spellings of a request. */
export interface CanonicalRequest {
  host: string;
  path: string;
  /** The query without the signature's parameters. */
  query: string;
  /** The signature's parameters: all values by name. */
  added: ReadonlyMap<string, string[]>;
}

/** The query parameters that a signature adds. */
export const SIGNATURE_PARAMETERS = ['pk_expires', 'pk_claim', 'pk_key', 'pk_signature'] as const;
export type SignatureParameter = (typeof SIGNATURE_PARAMETERS)[number];

/** What a signature covers, beside the request itself. */
export interface SignatureScope {
  method: string;
  /** Seconds since 1970. */
  expires: string;
  claim: string;
  keyVersion: string;
}

/** Scheme and authority, which a request line may lack; path; query; fragment, which no request has. */
const URL_PARTS = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#[^]*)?$/;

/**
 * Parses a URL, or the target of a request line together with the host.
 *
 * @param host takes precedence over the URL's own
 * @returns `undefined` for anything that can't be requested over HTTP or is ambiguous
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

/** The text to sign, one value per line. No value can contain a line break. */
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

/** In lower case, without the default ports of HTTP and HTTPS alike, because only the client knows which of the two it used. */
function hostOf(written: string): string | undefined {
  if (!/^[^\s/?#@\\]{1,300}$/.test(written)) return undefined;
  try {
    return new URL(`http://${written}/`).host.replace(/:443$/, '');
  } catch {
    return undefined;
  }
}

/** Segment by segment, so that an encoded slash stays encoded. `.` and `..` are refused: a server may or may not resolve them. */
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

/** By name only: the order of two values may matter to the server. */
function sorted(parameters: readonly Parameter[]): string {
  return parameters
    .toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

/** RFC 3986's unreserved characters as they are, every other byte as `%XX` in capitals; `undefined` where a `%` doesn't start a byte. */
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
