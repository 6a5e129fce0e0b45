import { z } from 'zod';
import { mustBe } from './issues';
import { editDistance } from '../model/editDistance';

/**
 * An object that has these fields and no others. A key that isn't among them is answered with the one that was probably meant.
 *
 * @param form what the object has to be, for a message
 * @param explain knows more about some wrong keys than how they are spelled
 */
export function closedObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  form: string,
  explain: (key: string) => string | undefined = () => undefined,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? // One line a key: zod has one message for all of them.
          issue.keys.map((key) => explain(key) ?? unknownKey(key, known)).join('\n')
        : mustBe(form)(issue),
  });
}

/** Tells whether a key's name says that its value is a secret. */
export function looksSecret(key: string): boolean {
  return /api_?key|access_?key|secret_?key|private_?key|passw|token|secret|credential/i.test(key.replaceAll('-', '_'));
}

/** A key's letters and digits: `gpu_count` and `gpuCount` are the same field to a person. */
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
