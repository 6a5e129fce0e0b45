import { z } from 'zod';
import { DURATION_FORM, formatDuration, isClaimId, MAX_CLAIM_LENGTH, parseDuration, unitMissing } from '../model';
import { mustBe } from './issues';

/**
 * Text for one line: no control characters, and nothing that changes how the rest is displayed, such as direction marks. The two joiners (U+200C, U+200D)
 * are allowed: Persian and Indic words and emoji need them.
 */
export const PRINTABLE = /^(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u200C|\u200D)*$/u;

/** One line of text. */
export function lineOfText(longest: number) {
  const error = mustBe(`a text of 1 to ${longest} printable characters`);
  return z.string({ error }).min(1, { error }).max(longest, { error }).regex(PRINTABLE, { error });
}

/** A word without spaces, such as a cloud's id. */
export function word(form: string, longest: number) {
  const error = mustBe(form);
  return z
    .string({ error })
    .max(longest, { error })
    .regex(/^[A-Za-z0-9][!-~]*$/, { error });
}

/** A claim id, or a name of the same form. */
export function slug(example: string) {
  const error = mustBe(
    `1 to ${MAX_CLAIM_LENGTH} of a-z and 0-9, with single hyphens between them, for instance '${example}'`,
  );
  return z.string({ error }).refine(isClaimId, { error });
}

export function wholeNumber(least: number, most: number, unit = '') {
  const error = mustBe(`a whole number from ${least} to ${most}${unit}`);
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** USD per hour. */
export function hourlyPrice(least: 'zero' | 'more') {
  const most = 100_000;
  const error = mustBe(
    `a price in USD per hour, ${least === 'zero' ? 'from 0' : 'more than 0'}, at most ${most}, for instance 2.5`,
  );
  const price = z.number({ error }).max(most, { error });
  return least === 'zero' ? price.min(0, { error }) : price.gt(0, { error });
}

/** Limits of a duration. */
interface DurationRange {
  mostMs: number;
  /** The longest, and what else is allowed, for a message. */
  form: string;
  /** Default: 1 ms. */
  least?: { ms: number; why: string };
}

const DURATIONS = new WeakSet<z.core.$ZodType>();

/** Whether a schema was made by {@link duration}. */
export function isDuration(schema: z.core.$ZodType): boolean {
  return DURATIONS.has(schema);
}

/** A duration, read as ms: a text, or a number of ms. What a person writes needs a unit, see `findBareNumbers`. */
export function duration({ mostMs, form, least }: DurationRange) {
  const error = mustBe(`${DURATION_FORM}, ${form}`);
  const schema = z.union([z.string(), z.number()], { error }).transform((value, context) => {
    const ms = parseDuration(value);
    let message = error({});
    if (ms !== undefined && least !== undefined && ms < least.ms) {
      message = `is only ${typeof value === 'number' ? `${value}ms` : value}, and must be at least ${formatDuration(least.ms)}: ${least.why}`;
    } else if (ms !== undefined && ms <= mostMs) return ms;
    else if (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value)) message = unitMissing(value);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
  DURATIONS.add(schema);
  return schema;
}

/** A text that can be passed to a program. */
export function textWithoutNul(form: string) {
  return z.string({ error: mustBe(form) }).regex(/^[^\0]*$/, { error: 'must be a text without NUL characters' });
}

/** For values that YAML reads as something else unless they are quoted. The message doesn't contain the value: it may be a secret. */
export function textInQuotes(form: string): (issue: { input?: unknown }) => string {
  return ({ input }) => {
    if (typeof input === 'number') return 'must be a text, and is a number: put it in quotes';
    if (typeof input === 'boolean') return 'must be a text, and is true or false: put it in quotes';
    return mustBe(`a text ${form}`)({ input });
  };
}
