import { z } from 'zod';
import { editDistance } from '../model/editDistance';
import { mustBe } from './issues';

/**
 * An object with these fields and no others. The message for another key names the field that was probably meant.
 *
 * @param form what the object has to be, for a message
 * @param explain messages for some wrong keys; `undefined` for the others, which are compared by their spelling
 */
export function closedObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  form: string,
  explain: (key: string, shape: Shape) => string | undefined = () => undefined,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? // One line for each key: zod has one message for all of them.
          issue.keys.map((key) => explain(key, shape) ?? unknownKey(key, known)).join('\n')
        : mustBe(form)(issue),
  });
}

/** Whether a key's name suggests that its value is a secret. */
export function looksSecret(key: string): boolean {
  return /api_?key|access_?key|secret_?key|private_?key|passw|token|secret|credential/i.test(key.replaceAll('-', '_'));
}

/** A key's letters and digits in lower case: `gpu_count` and `gpuCount` are equal. */
export function lettersOf(key: string): string {
  return key.replace(/[\s_-]/g, '').toLowerCase();
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `is not a field; the fields are ${known.join(', ')}`
    : `is not a field; did you mean ${meant}?`;
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const written = lettersOf(key.slice(0, 40));
  const ranked = known
    .map((name) => ({ name, distance: editDistance(written, lettersOf(name)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.min(2, written.length / 3) ? best.name : undefined;
}
