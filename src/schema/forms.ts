import { z } from 'zod';
import { unitMissing } from '../model';
import type { Issue, Path } from './issues';
import { isPlainObject } from './plainData';
import { isDuration } from './scalars';

type Schema = z.core.$ZodType;

/** The forms that a value can take: that of an optional field, and all forms of a union. */
export function formsOf(schema: Schema): Schema[] {
  if (isDuration(schema)) return [schema];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return formsOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return formsOf(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf);
  return [schema];
}

/** The forms of the value under a key; none if there can't be a value. */
export function formsUnder(forms: readonly Schema[], key: string): Schema[] {
  return forms.flatMap((form) => {
    if (form instanceof z.ZodUnknown) return [form];
    if (form instanceof z.ZodArray) return formsOf(form.element);
    if (form instanceof z.ZodRecord) return formsOf(form.valueType);
    if (!(form instanceof z.ZodObject) || !Object.hasOwn(form.shape, key)) return [];
    const field: Schema | undefined = form.shape[key];
    return field === undefined ? [] : formsOf(field);
  });
}

/** Durations without a unit, in what a person wrote. From a program, a number is in ms. */
export function findBareNumbers(schema: Schema, data: unknown): Issue[] {
  return bareNumbersIn(formsOf(schema), data, []);
}

function bareNumbersIn(forms: readonly Schema[], data: unknown, path: Path): Issue[] {
  if (forms.length === 0) return [];
  if (typeof data === 'number') return data > 0 && forms.some(isDuration) ? [{ path, message: unitMissing(data) }] : [];
  if (Array.isArray(data)) {
    return data.flatMap((item: unknown, index) =>
      bareNumbersIn(formsUnder(forms, String(index)), item, [...path, index]),
    );
  }
  if (!isPlainObject(data)) return [];
  return Object.entries(data).flatMap(([key, value]) => bareNumbersIn(formsUnder(forms, key), value, [...path, key]));
}
