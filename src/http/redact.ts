import { viewsOf } from './decodedViews';
import type { View } from './decodedViews';

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Shorter values would be found in every other word, and tell which ones they are by what is missing. */
const SHORTEST_SECRET = 4;
const SHORTEST_LINE = 8;
/** The least of a secret's base64 form that is looked for, in characters: less is found by chance. */
const SHORTEST_BASE64 = 6;
/** Longer secrets are looked for in pieces, so that one that was cut on its way is found too. */
const LONGEST_PIECE = 64;

/**
 * A text without these secrets: neither as they are, nor escaped (by percent, as JSON, as HTML, in any mixture, one in another), nor within a base64 text;
 * lines and larger parts of a long one count as secrets. Takes out what follows `Bearer` and what precedes the `@` of an address too, whoever it belongs to.
 * The work grows with the text and the number of secrets, whatever is in them.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const needles = [...new Set(secrets.flatMap(partsOf))];
  const known = needles.length === 0 ? text : without(text, rangesOf(text, needles));
  return known
    .replace(/\b(Bearer|Basic)( +|%20|\+)[\w+/=.~%-]{16,}/gi, (_all, scheme: string) => `${scheme} ${REDACTED}`)
    .replace(/(:\/\/)[^\s/?#@"'<>:]{1,256}(:[^\s/?#@"'<>]{0,256})?@/g, `$1${REDACTED}@`)
    .replace(/(\[redacted\]){2,}/g, REDACTED);
}

/** A secret of several lines, a private key for instance, may come back line by line. */
function partsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
  return [...piecesOf(secret), ...lines.flatMap(piecesOf)];
}

function piecesOf(secret: string): string[] {
  if (secret.length <= 2 * LONGEST_PIECE) return [secret];
  const starts = Array.from({ length: Math.floor(secret.length / LONGEST_PIECE) }, (_, index) => index * LONGEST_PIECE);
  // The rest goes with the last: a short one would be found anywhere.
  return starts.map((start, index) =>
    secret.slice(start, index === starts.length - 1 ? undefined : start + LONGEST_PIECE),
  );
}

/** From a place in the text to another, which isn't part of it. */
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

/** @param rest what belongs to a place that was found, beyond the needle */
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

/** As part of a longer base64 text a secret begins at one of three places; what its neighbours change of it is left off. */
function base64FormsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 2, 3].flatMap((spoilt, before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const sure = encoded.slice(spoilt, Math.floor(((before + bytes.length) * 8) / 6));
    return sure.length < SHORTEST_BASE64 ? [] : [sure];
  });
}

/** ASCII alone: other letters may change their length with their case. */
function folded(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
