/** A text as its reader may decode it, and where each of its units stands in the original. */
export interface View {
  text: string;
  from: readonly number[];
  /** The place after the unit. */
  to: readonly number[];
}

/** A reply in a reply in a reply. */
const DEEPEST = 3;

/** A text, and what comes out when its escapes are decoded once, twice and three times: those of percent, JSON and HTML, with `+` as itself and as a blank. */
export function viewsOf(text: string): View[] {
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

/** The characters of percent-encoded UTF-8, each with the length of what it was written as. */
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
