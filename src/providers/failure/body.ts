import { redact } from '../../http';
import { isObject } from '../wire';

/**
 * The kind of a body.
 *
 * - `error`: JSON with an error in a known field. Only an API sends that, not a gateway before it.
 * - `json`: other JSON.
 * - `page`: HTML or XML, as gateways send.
 * - `text`, `empty`.
 */
export type BodyForm = 'error' | 'json' | 'page' | 'text' | 'empty';

/** An error, read from the body of a reply. */
export interface ErrorBody {
  form: BodyForm;
  /** Messages for people, the most specific first. */
  messages: readonly string[];
  /** Machine-readable codes. */
  codes: readonly string[];
  requestId: string | null;
  /** The text that rules are matched against. For JSON only its messages, since a reply may echo the user's input. */
  words: string;
}

/** How much of a body is examined, in characters. Errors are in the first lines. */
const MAX_EXAMINED = 65_536;
const MAX_ERRORS = 5;
const MAX_TEXT_LENGTH = 16_384;
/** The longest encoded part of a secret: 128 characters, at most nine characters each. */
const MAX_ENCODED_SECRET = 1_152;
/** Maximum length of a message, in characters. */
const MAX_MESSAGE_LENGTH = 300;

/** Reads any body. Never throws. */
export function readErrorBody(text: string, contentType = ''): ErrorBody {
  const examined = text.slice(0, MAX_EXAMINED).trim();
  if (examined === '') return bodyOf('empty', [], [], null);
  const parsed = examined.startsWith('{') || examined.startsWith('[') ? parse(text) : undefined;
  if (parsed === undefined) {
    const isPage = examined.startsWith('<') || /\b(html|xml)\b/i.test(contentType);
    return { ...bodyOf(isPage ? 'page' : 'text', isPage ? [] : [examined], [], null), words: examined };
  }
  const errors = errorsOf(parsed);
  const messages = unique(errors.flatMap(messagesOf));
  const codes = unique(errors.flatMap(codesOf));
  const form = messages.length + codes.length > 0 ? 'error' : 'json';
  return bodyOf(form, messages, codes, errors.map(requestIdIn).find((id) => id !== null) ?? null);
}

/** The body's message as one line, without secrets, control characters and markup; `undefined` if it has none. */
export function lineFor({ messages, codes }: ErrorBody, secrets: readonly string[]): string | undefined {
  const text = (messages.length > 0 ? messages : codes).join('; ');
  // Redact before joining and cutting lines, so that no part of a secret is left. Redact again after it, for secrets that were split.
  const line = redact(oneLine(redactStart(text, secrets)), secrets);
  if (line === '') return undefined;
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH - 1).trimEnd()}…`;
}

/** Redacts the start of a long text. Drops its end, where the cut may have left a part of a secret. */
function redactStart(text: string, secrets: readonly string[]): string {
  if (text.length <= MAX_TEXT_LENGTH) return redact(text, secrets);
  return redact(text.slice(0, MAX_TEXT_LENGTH), secrets).slice(0, -MAX_ENCODED_SECRET);
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

/** The error objects of a body: `error`, the body itself, `detail`, and the first of `errors`. A string counts as a message. */
function errorsOf(body: unknown): Record<string, unknown>[] {
  if (Array.isArray(body)) return body.slice(0, MAX_ERRORS).filter(isObject);
  if (!isObject(body)) return [];
  const [error, detail] = [own(body, 'error'), own(body, 'detail')];
  const listed = own(body, 'errors');
  const more = Array.isArray(listed) ? listed : isObject(listed) ? Object.values(listed).flat() : [];
  return [
    ...(isObject(error) ? [error] : []),
    body,
    ...(isObject(detail) ? [detail] : Array.isArray(detail) ? detail.filter(isObject) : []),
    ...more.slice(0, MAX_ERRORS).flatMap((item) => {
      if (typeof item === 'string') return [{ message: item }];
      return isObject(item) ? [item] : [];
    }),
  ];
}

/** In the order of RFC 9457, then by the providers' names. */
function messagesOf(error: Record<string, unknown>): string[] {
  const texts = ['title', 'detail', 'message', 'msg', 'reason', 'error_description', 'suggestion']
    .map((name) => own(error, name))
    .filter((text) => typeof text === 'string');
  const field = own(error, 'error');
  // Vast puts its code into `error`, and the text into another field.
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
