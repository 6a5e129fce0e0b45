import { z } from 'zod';
import { factsOf } from '../../../src/schema/field';
import { formsOf } from '../../../src/schema/forms';
import { completedName } from '../../../src/schema/podSpec';
import { candidateShape, podSpecSchema } from '../../../src/schema/podSpecSchema';
import { isDuration } from '../../../src/schema/scalars';
import { wrap } from './wrap';

const FIELDS = Object.entries<z.ZodType>(podSpecSchema.shape).map(([name, schema]) => {
  const { empty = null, ...facts } = factsOf(schema);
  return { name, completedName: completedName(name), schema, empty, ...facts };
});
/** Those that a candidate may have. */
const CANDIDATE_FIELDS = FIELDS.filter(({ name }) => Object.hasOwn(candidateShape, name));
/** Those of a completed spec: the id is apart. */
const SPEC_FIELDS = FIELDS.filter(({ name }) => name !== 'id');

/** `src/model/podSpec.ts`: types and constants for those who can't import zod. */
export function podSpecModule(): string {
  return `// Written by \`npm run docs\` from src/schema/podSpecSchema.ts: change that file instead.
import type { PortRequest } from './ports';
import type { HealthCheck, PodAuth, SecretReference } from './spec';

/** What a user writes to claim a pod. */
export interface PodSpecInput {
${FIELDS.map(inputField).join('\n')}
}

/** A candidate, as a user writes it: the fields in which it differs from the spec. */
export type CandidateInput = Pick<PodSpecInput, ${unionOfNames(CANDIDATE_FIELDS.map(({ name }) => name))}>;

/** A checked and completed spec. \`null\`: the claim leaves the field open. */
export interface PodSpec {
${SPEC_FIELDS.map(completedField).join('\n')}
}

/** A checked candidate: the fields in which it differs from the spec. It has at most one GPU. */
export type Candidate = Partial<Pick<PodSpec, ${unionOfNames(CANDIDATE_FIELDS.map((field) => field.completedName))}>>;

/** What a spec without fields is completed to. */
export function emptyPodSpec(): PodSpec {
  return {
${SPEC_FIELDS.map((field) => `    ${field.completedName}: ${literal(field.empty)},`).join('\n')}
  };
}

/** Fields that Podkeeper alone uses: a provider doesn't get them. */
export const CLAIM_FIELDS = ${names(({ usedBy }) => usedBy === 'claim')} as const;

/** Fields of the pod itself: \`providerOptions\` must not set them. */
export const POD_FIELDS = ${names(({ usedBy = 'pod' }) => usedBy === 'pod')} as const;

/**
 * Which capabilities fields need of a provider. \`when\`: if the field is given or left out, or for each port of a protocol. \`instead\`: what to do beside
 * taking another provider; \`null\`: remove the field.
 */
export const POD_SPEC_NEEDS = [
${SPEC_FIELDS.flatMap(needsOf).join('\n')}
] as const;
`;
}

type Field = (typeof FIELDS)[number];

function inputField({ name, schema, description, whenLeftOut }: Field): string {
  const form = isDurationField(schema) ? " A text such as `'15m'`, or a number of ms." : '';
  return `${comment(`${plain(description)}${form} Default: ${plain(whenLeftOut)}.`)}\n  ${name}?: ${typeOf(schema)};`;
}

function completedField({ completedName: name, schema, description, whenLeftOut, empty, completed }: Field): string {
  const unit = isDurationField(schema) ? ' In ms.' : '';
  const open = empty === null ? ` \`null\`: ${plain(whenLeftOut)}.` : '';
  const type = isDurationField(schema) ? 'number' : (completed ?? typeOf(schema));
  return `${comment(`${plain(description)}${unit}${open}`)}\n  ${name}: ${type}${empty === null ? ' | null' : ''};`;
}

function needsOf({ name, needs = [] }: Field): string[] {
  return needs.map(({ when = 'given', capability, lacks, instead = null }) => {
    const condition = typeof when === 'string' ? when : when.protocol;
    return `  ${literal({ field: name, when: condition, capability, lacks, instead })},`;
  });
}

function names(isIn: (field: Field) => boolean): string {
  return literal(SPEC_FIELDS.filter(isIn).map((field) => field.completedName));
}

function unionOfNames(these: readonly string[]): string {
  return these.map(quoted).join(' | ');
}

function isDurationField(schema: z.ZodType): boolean {
  return formsOf(schema).some(isDuration);
}

function comment(text: string): string {
  return text.length > 110 ? `  /**\n   * ${wrap(text, '   * ')}\n   */` : `  /** ${text} */`;
}

/** Without links. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** As JavaScript; the formatter lays it out. */
function literal(value: unknown): string {
  return JSON.stringify(value);
}

/** The TypeScript type of what a schema takes. */
function typeOf(schema: z.core.$ZodType): string {
  const name = schema instanceof z.ZodType ? schema.meta()?.['typeName'] : undefined;
  if (typeof name === 'string') return name;
  if (isDuration(schema)) return 'string | number';
  if (schema instanceof z.ZodOptional) return typeOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return typeOf(schema.in);
  if (schema instanceof z.ZodUnion) return unionOf(schema.options.map(typeOf));
  if (schema instanceof z.ZodEnum) return schema.options.map(quoted).join(' | ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(quoted).join(' | ');
  if (schema instanceof z.ZodArray) return `(${typeOf(schema.element)})[]`;
  if (schema instanceof z.ZodRecord) return `Record<string, ${typeOf(schema.valueType)}>`;
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.core.$ZodType>(schema.shape).map(([key, field]) =>
      field instanceof z.ZodOptional ? `${key}?: ${typeOf(field)}` : `${key}: ${typeOf(field)}`,
    );
    return `{ ${fields.join('; ')} }`;
  }
  const simple = SIMPLE_TYPES.find(([type]) => schema instanceof type)?.[1];
  if (simple === undefined) throw new Error(`no TypeScript type is known for ${schema.constructor.name}`);
  return simple;
}

const SIMPLE_TYPES = [
  [z.ZodString, 'string'],
  [z.ZodNumber, 'number'],
  [z.ZodBoolean, 'boolean'],
  [z.ZodNull, 'null'],
  [z.ZodUnknown, 'unknown'],
] as const;

/** Texts that are named are no type of their own beside `string`. `null` comes last. */
function unionOf(types: readonly string[]): string {
  const parts = [...new Set(types.flatMap((type) => (type.startsWith('{') ? [type] : type.split(' | '))))];
  const kept = parts.filter((part) => part !== 'null' && !(part.startsWith("'") && parts.includes('string')));
  return [...kept, ...(parts.includes('null') ? ['null'] : [])].join(' | ');
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
