import type { z } from 'zod';

/**
 * What a field of the spec says about itself, beside its zod schema. The types and constants in `src/model/podSpec.ts` and the table in `docs/spec.md`
 * are generated from it (`npm run docs`), and so are the messages for unknown keys and for what a provider lacks.
 */
export interface FieldFacts {
  /** One or two sentences in Markdown, with units. */
  description: string;
  /** What applies if the field is left out, for people. */
  whenLeftOut: string;
  /** Its value in a completed spec if it is left out. Default `null`. */
  empty?: unknown;
  /** TypeScript type in a completed spec, if it differs from what a user writes. */
  completed?: string;
  /**
   * Who uses it. `claim`: Podkeeper alone. `request`: passed to the provider as well. `pod`: what is rented; passed to the provider, and
   * `providerOptions` must not set it. Default `pod`.
   */
  usedBy?: 'claim' | 'request' | 'pod';
  /** Capabilities that it needs of a provider. */
  needs?: readonly FieldNeed[];
  /** What other launchers call it, by letters and digits in lower case. */
  alsoCalled?: readonly string[];
  /** What to write instead of such keys, for those that are not just another name. Several keys are separated by spaces. */
  hints?: Readonly<Record<string, string>>;
}

/** A capability that a field needs of a provider. */
export interface FieldNeed {
  capability: string;
  /** Completes the sentence `<provider> …`. */
  lacks: string;
  /** What to do, beside taking another provider. `{port}` stands for the port. Default: remove the field. */
  instead?: string;
  /** When it is needed. Default: if the field is given. */
  when?: 'left out' | { protocol: string };
}

/** An optional field of the spec. */
export function field<Schema extends z.ZodType>(schema: Schema, facts: FieldFacts): z.ZodOptional<Schema> {
  return schema.optional().meta({ ...facts });
}

/** What a field says about itself. */
export function factsOf(schema: z.ZodType): FieldFacts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field of the spec is made by `field`
  return schema.meta() as unknown as FieldFacts;
}
