/** Replaces a secret. */
export const REDACTED = '[redacted]';

/** Shorter values occur in ordinary words, and their absence would show what they are. */
const SHORTEST_SECRET = 4;
const SHORTEST_LINE = 8;
/** Shortest part of a secret's base64 form that is searched for, in characters: a shorter one occurs by chance. */
const SHORTEST_BASE64 = 6;
/** Longer secrets are searched for in pieces, so that a truncated one is found too. */
const LONGEST_PIECE = 64;

/**
 * Removes secrets from a text: as they are, escaped (percent, JSON, HTML, mixed or nested), or inside base64. Lines and pieces of a long secret count as
 * secrets. Always removes what follows `Bearer` or `Basic`, and the user and password of a URL. The work is proportional to the length of the text times
 * the number of secrets.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const needles = [...new Set(secrets.flatMap(partsOf))];
  const known = needles.length === 0 ? text : without(text, rangesOf(text, needles));
  return known
    .replace(/\b(Bearer|Basic)( +|%20|\+)[\w+/=.~%-]{16,}/gi, (_all, scheme: string) => `${scheme} ${REDACTED}`)
    .replace(/(:\/\/)[^\s/?#@"'<>:]{1,256}(:[^\s/?#@"'<>]{0,256})?@/g, `$1${REDACTED}@`)
    .replace(/(\[redacted\]){2,}/g, REDACTED);
}

/** A secret of several lines, such as a private key, may be echoed line by line. */
function partsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
  return [...piecesOf(secret), ...lines.flatMap(piecesOf)];
}

function piecesOf(secret: string): string[] {
  if (secret.length <= 2 * LONGEST_PIECE) return [secret];
  const starts = Array.from({ length: Math.floor(secret.length / LONGEST_PIECE) }, (_, index) => index * LONGEST_PIECE);
  // The last piece takes the remainder: as a piece of its own it could be short enough to occur by chance.
  return starts.map((start, index) =>
    secret.slice(start, index === starts.length - 1 ? undefined : start + LONGEST_PIECE),
  );
}

/** A part of the text; `to` is excluded. */
type Range = readonly [from: number, to: number];

function rangesOf(text: string, secrets: readonly string[]): Range[] {
  const plain = secrets.map(folded);
  const encoded = secrets.flatMap(base64FormsOf).map(folded);
  return viewsOf(text).flatMap((view) => {
    const written = folded(view.text);
    const standard = written.replaceAll('-', '+').replaceAll('_', '/');
    return [
      ...plain.flatMap((needle) => placesOf(needle, written, view)),
      ...encoded.flatMap((needle) => placesOf(needle, standard, view, /[a-z0-9+/]{0,2}={0,2}/y)),
    ];
  });
}

/** @param rest what else belongs to a match, after the needle */
function placesOf(needle: string, written: string, { from, to }: View, rest?: RegExp): Range[] {
  const places: Range[] = [];
  for (let at = written.indexOf(needle); at >= 0; at = written.indexOf(needle, at + 1)) {
    let end = at + needle.length;
    if (rest !== undefined) {
      rest.lastIndex = end;
      end += rest.exec(written)?.[0].length ?? 0;
    }
    places.push([from[at] ?? 0, to[end - 1] ?? 0]);
  }
  return places;
}

function without(text: string, ranges: readonly Range[]): string {
  let kept = '';
  let end = 0;
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    if (from >= end) kept += text.slice(end, from) + REDACTED;
    end = Math.max(end, to);
  }
  return kept + text.slice(end);
}

/** Inside a longer base64 text a secret starts at one of three offsets. Characters that depend on its neighbours are left off. */
function base64FormsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 2, 3].flatMap((spoilt, before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const sure = encoded.slice(spoilt, Math.floor(((before + bytes.length) * 8) / 6));
    return sure.length < SHORTEST_BASE64 ? [] : [sure];
  });
}

/** Lower-cases ASCII only: other letters can change their length with their case. */
function folded(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A decoded text, and the position in the original of each of its UTF-16 units. */
interface View {
  text: string;
  from: readonly number[];
  /** The position after the unit. */
  to: readonly number[];
}

/** How often a text is decoded: a reply may quote a reply that quotes a reply. */
const DEEPEST = 3;

/** A text, and the text with its percent, JSON and HTML escapes decoded once, twice and three times; with `+` as itself and as a space. */
function viewsOf(text: string): View[] {
  const places = Array.from({ length: text.length }, (_, index) => index);
  const original: View = { text, from: places, to: places.map((place) => place + 1) };
  return [original, ...decodings(original, false), ...(text.includes('+') ? decodings(original, true) : [])];
}

function decodings(original: View, isForm: boolean): View[] {
  const views: View[] = [];
  for (let view = original; views.length < DEEPEST;) {
    const decoded = decode(view, isForm);
    if (decoded.text === view.text) break;
    views.push(decoded);
    view = decoded;
  }
  return views;
}

const ESCAPE =
  /(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\["\\/bfnrt]|&#\d{1,7};|&#x[0-9a-f]{1,6};|&(?:amp|lt|gt|quot|apos);|\+/gi;

function decode(view: View, isForm: boolean): View {
  const parts: string[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const put = (text: string, start: number, end: number) => {
    parts.push(text);
    for (let unit = 0; unit < text.length; unit++) {
      from.push(view.from[start] ?? 0);
      to.push(view.to[end - 1] ?? 0);
    }
  };
  const copy = (start: number, end: number) => {
    parts.push(view.text.slice(start, end));
    for (let at = start; at < end; at++) {
      from.push(view.from[at] ?? 0);
      to.push(view.to[at] ?? 0);
    }
  };
  let end = 0;
  for (const { 0: escape, index } of view.text.matchAll(ESCAPE)) {
    copy(end, index);
    end = index + escape.length;
    if (escape.startsWith('%')) {
      let start = index;
      for (const character of charactersOf(escape)) {
        put(character.text, start, start + character.length);
        start += character.length;
      }
    } else if (escape === '+') put(isForm ? ' ' : '+', index, end);
    else put(meaningOf(escape), index, end);
  }
  copy(end, view.text.length);
  return { text: parts.join(''), from, to };
}

const NAMED: Readonly<Record<string, string>> = {
  '\\b': '\b',
  '\\f': '\f',
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

function meaningOf(escape: string): string {
  const named = NAMED[escape.toLowerCase()];
  if (named !== undefined) return named;
  if (/^\\u/i.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  if (escape.startsWith('\\')) return escape.slice(1);
  const isHexadecimal = /^&#x/i.test(escape);
  const point = Number.parseInt(escape.slice(isHexadecimal ? 3 : 2), isHexadecimal ? 16 : 10);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : '\uFFFD';
}

/** The characters of percent-encoded UTF-8, each with the length of its encoded form. */
function charactersOf(escapes: string): { text: string; length: number }[] {
  const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
  const characters: { text: string; length: number }[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const count = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const text = bytes.toString('utf8', at, at + count);
    characters.push({ text, length: 3 * Math.min(count, bytes.length - at) });
    at += count;
  }
  return characters;
}
