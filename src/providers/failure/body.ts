import { redact } from '../../http';
import { isObject } from '../wire';

/**
 * What a body is.
 *
 * - `error`: JSON that says in a known place what went wrong, as an API does and nothing before it.
 * - `json`: other JSON.
 * - `page`: HTML or XML, as a gateway writes it.
 * - `text`, `empty`.
 */
export type BodyForm = 'error' | 'json' | 'page' | 'text' | 'empty';

/** What the body of a reply says of an error. */
export interface ErrorBody {
  form: BodyForm;
  /** Texts for people: the most telling first. */
  messages: readonly string[];
  /** Words for programs. */
  codes: readonly string[];
  requestId: string | null;
  /** What rules are matched against: of JSON only what it says, since a reply may echo what a user wrote. */
  words: string;
}

/** How much of a body is looked at, in characters: an error says what it says in the first lines. */
const LONGEST_LOOK = 65_536;
const MOST_ERRORS = 5;
const LONGEST_SAID = 16_384;
/** 128 characters of a secret with nine characters for each, the longest way to write one. */
const LONGEST_CUT_SECRET = 1_152;
/** What people can take in. */
const LONGEST_MESSAGE = 300;

/** Reads any body whatever; never throws. */
export function readErrorBody(text: string, contentType = ''): ErrorBody {
  const looked = text.slice(0, LONGEST_LOOK).trim();
  if (looked === '') return bodyOf('empty', [], [], null);
  const parsed = looked.startsWith('{') || looked.startsWith('[') ? parse(text) : undefined;
  if (parsed === undefined) {
    const isPage = looked.startsWith('<') || /\b(html|xml)\b/i.test(contentType);
    return { ...bodyOf(isPage ? 'page' : 'text', isPage ? [] : [looked], [], null), words: looked };
  }
  const errors = errorsOf(parsed);
  const messages = unique(errors.flatMap(messagesOf));
  const codes = unique(errors.flatMap(codesOf));
  const form = messages.length + codes.length > 0 ? 'error' : 'json';
  return bodyOf(form, messages, codes, errors.map(requestIdIn).find((id) => id !== null) ?? null);
}

/** What a body says, for people: one line without secrets, controls and markup; `undefined` when it says nothing. */
export function lineFor({ messages, codes }: ErrorBody, secrets: readonly string[]): string | undefined {
  const said = (messages.length > 0 ? messages : codes).join('; ');
  // Before it is made one line and cut, so that no half of a secret is left; and after, for what only then is one.
  const line = redact(oneLine(redactStart(said, secrets)), secrets);
  if (line === '') return undefined;
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE - 1).trimEnd()}…`;
}

/** What is left of a long text would be cut anyway; half a secret where this cut was goes with what is dropped. */
function redactStart(text: string, secrets: readonly string[]): string {
  if (text.length <= LONGEST_SAID) return redact(text, secrets);
  return redact(text.slice(0, LONGEST_SAID), secrets).slice(0, -LONGEST_CUT_SECRET);
}

function oneLine(text: string): string {
  return text
    .replaceAll(/<[!/a-z][^<>]{0,500}>/gi, ' ')
    .replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim();
}

function bodyOf(
  form: BodyForm,
  messages: readonly string[],
  codes: readonly string[],
  requestId: string | null,
): ErrorBody {
  return { form, messages, codes, requestId, words: messages.join('\n') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The objects of a body that tell of errors: itself, what `error` and `detail` hold, the first of `errors`; a text stands for its message. */
function errorsOf(body: unknown): Record<string, unknown>[] {
  if (Array.isArray(body)) return body.slice(0, MOST_ERRORS).filter(isObject);
  if (!isObject(body)) return [];
  const [error, detail] = [own(body, 'error'), own(body, 'detail')];
  const listed = own(body, 'errors');
  const more = Array.isArray(listed) ? listed : isObject(listed) ? Object.values(listed).flat() : [];
  return [
    ...(isObject(error) ? [error] : []),
    body,
    ...(isObject(detail) ? [detail] : Array.isArray(detail) ? detail.filter(isObject) : []),
    ...more.slice(0, MOST_ERRORS).flatMap((item) => {
      if (typeof item === 'string') return [{ message: item }];
      return isObject(item) ? [item] : [];
    }),
  ];
}

/** In the order of RFC 9457, then as the providers name them. */
function messagesOf(error: Record<string, unknown>): string[] {
  const texts = ['title', 'detail', 'message', 'msg', 'reason', 'error_description', 'suggestion']
    .map((name) => own(error, name))
    .filter((text) => typeof text === 'string');
  const field = own(error, 'error');
  // Vast has its code there, and the text beside it.
  if (typeof field === 'string' && !(texts.length > 0 && isCode(field))) texts.unshift(field);
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

function codesOf(error: Record<string, unknown>): string[] {
  const extensions = own(error, 'extensions');
  const codes = ['code', 'status', 'error', 'type'].map((name) => own(error, name));
  if (isObject(extensions)) codes.push(own(extensions, 'code'));
  return codes.filter((code) => typeof code === 'string' && isCode(code) && code !== 'about:blank') as string[];
}

function isCode(text: string): boolean {
  return /^[\w./:#-]{1,128}$/.test(text);
}

function requestIdIn(error: Record<string, unknown>): string | null {
  const id = own(error, 'request_id') ?? own(error, 'requestId');
  return typeof id === 'string' && /^[\w.:/=+@-]{1,128}$/.test(id) ? id : null;
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
