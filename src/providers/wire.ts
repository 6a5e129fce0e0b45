import { PodkeeperError } from '../model';

/**
 * Reads a reply of a known shape, and rejects any other: an unknown shape must not be taken for an empty list.
 *
 * @param what names the reply in messages: `the list of pods`
 * @throws PodkeeperError `provider`, naming the path but never the value.
 */
export function readObject(value: unknown, what: string): WireObject {
  if (isObject(value)) return new WireObject(value, what, '');
  throw new PodkeeperError('provider', `${what} is ${nameOf(value)}, not an object: the API may have changed`);
}

/** As {@link readObject}, for a reply that is a list of objects. */
export function readObjects(value: unknown, what: string): WireObject[] {
  if (!Array.isArray(value)) {
    throw new PodkeeperError('provider', `${what} is ${nameOf(value)}, not a list: the API may have changed`);
  }
  return value.map((item: unknown, index) => {
    if (isObject(item)) return new WireObject(item, what, `[${index}]`);
    throw new PodkeeperError(
      'provider',
      `${what}: '[${index}]' is ${nameOf(item)}, not an object: the API may have changed`,
    );
  });
}

/**
 * An object of a reply. Each method throws a PodkeeperError `provider` if the field has another type, or if a required field is missing or null. The
 * `optional…` methods return `null` or an empty list for a missing field.
 */
export class WireObject {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #path: string;

  constructor(value: Readonly<Record<string, unknown>>, what: string, path: string) {
    this.#value = value;
    this.#what = what;
    this.#path = path;
  }

  /** A text; may be empty. */
  text(field: string): string {
    return this.required(field, 'text', this.optionalText(field));
  }

  /** A text, or `null`. */
  optionalText(field: string): string | null {
    return this.optional(field, 'text', isText);
  }

  /** A finite number; a quoted number is rejected. */
  number(field: string): number {
    return this.required(field, 'number', this.optionalNumber(field));
  }

  /** As {@link number}, or `null`. */
  optionalNumber(field: string): number | null {
    return this.optional(field, 'number', isNumber);
  }

  /** A boolean; neither 1 nor `'true'`. */
  flag(field: string): boolean {
    return this.required(field, 'flag', this.optionalFlag(field));
  }

  /** As {@link flag}, or `null`. */
  optionalFlag(field: string): boolean | null {
    return this.optional(field, 'flag', isFlag);
  }

  /** A nested object. */
  object(field: string): WireObject {
    return this.required(field, 'object', this.optionalObject(field));
  }

  /** A nested object, or `null`. */
  optionalObject(field: string): WireObject | null {
    const value = this.optional(field, 'object', isObject);
    return value === null ? null : new WireObject(value, this.#what, this.pathOf(field));
  }

  /** A list of any values. */
  list(field: string): unknown[] {
    return this.required(field, 'list', this.optional(field, 'list', isList));
  }

  /** Empty if missing or null. */
  optionalList(field: string): unknown[] {
    return this.optional(field, 'list', isList) ?? [];
  }

  /** A list of objects. */
  objects(field: string): WireObject[] {
    return this.asObjects(field, this.list(field));
  }

  /** Empty if missing or null. */
  optionalObjects(field: string): WireObject[] {
    return this.asObjects(field, this.optionalList(field));
  }

  /** A list of texts. */
  texts(field: string): string[] {
    return this.list(field).map((item, index) => {
      if (typeof item === 'string') return item;
      return this.refuse(`${this.pathOf(field)}[${index}]`, item, 'text');
    });
  }

  /** The raw value; `undefined` if missing. */
  any(field: string): unknown {
    return Object.hasOwn(this.#value, field) ? this.#value[field] : undefined;
  }

  /** The names of its fields. */
  fields(): string[] {
    return Object.keys(this.#value);
  }

  private required<T>(field: string, type: WireType, value: T | null): T {
    return value ?? this.refuse(this.pathOf(field), undefined, type);
  }

  private optional<T>(field: string, type: WireType, isOfType: (value: unknown) => value is T): T | null {
    const value = this.any(field);
    if (value === undefined || value === null) return null;
    if (!isOfType(value)) return this.refuse(this.pathOf(field), value, type);
    return value;
  }

  private asObjects(field: string, list: readonly unknown[]): WireObject[] {
    return list.map((item, index) => {
      const path = `${this.pathOf(field)}[${index}]`;
      return isObject(item) ? new WireObject(item, this.#what, path) : this.refuse(path, item, 'object');
    });
  }

  private pathOf(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }

  private refuse(path: string, value: unknown, type: WireType): never {
    const wanted = type === 'object' ? 'an object' : `a ${type}`;
    const message =
      value === undefined
        ? `${this.#what} has no ${type} '${path}': the API may have changed`
        : `${this.#what}: '${path}' is ${nameOf(value)}, not ${wanted}: the API may have changed`;
    throw new PodkeeperError('provider', message, { details: [{ path, message: `must be ${wanted}` }] });
  }
}

type WireType = 'text' | 'number' | 'flag' | 'object' | 'list';

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

/** Whether a value is an object, not a list or `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'a flag';
  return typeof value === 'object' ? 'an object' : 'a number';
}
