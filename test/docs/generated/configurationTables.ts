import type { z } from 'zod';
import { DEFAULT_SETTINGS, formatDuration } from '../../../src/model';
import { accountSchema } from '../../../src/schema/accounts';
import { configurationSchema } from '../../../src/schema/configuration';
import { podSpecSchema } from '../../../src/schema/podSpecSchema';
import { settingsFields } from '../../../src/schema/settings';
import { VARIABLES } from '../../../src/schema/variables';
import { read } from '../markdown';
import { definitions } from './list';
import { code } from './table';
import { wrap } from './wrap';

const NO_DEFAULT = '–';

/** Where a schema's field says what it is, and what holds without it. */
interface FieldTexts {
  description?: string;
  whenLeftOut?: string;
}

/** The sections of `podkeeper.yaml`. */
export function configurationList(): string {
  return listOf(configurationSchema.shape);
}

/** The fields of each provider's accounts. */
export function accountsList(): string {
  return accountFields()
    .map(([provider, { provider: kind, ...fields }]) => {
      const heading = `${code(`provider: ${provider}`)}: ${textsOf(kind).description ?? ''}`;
      return `${wrap(heading)}\n\n${listOf(fields)}`;
    })
    .join('\n\n');
}

function accountFields(): [string, Record<string, z.ZodType | undefined>][] {
  return accountSchema.options.map((option) => {
    const { shape } = 'shape' in option ? option : option.in;
    return [shape.provider.value, shape];
  });
}

/** The settings with their defaults. */
export function settingsList(): string {
  const fields: Record<string, z.ZodType | undefined> = settingsFields.shape;
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_SETTINGS));
  return definitions(
    Object.keys(fields).map((name) => {
      const setting = `${name}Ms`;
      const value = setting === 'endLagMs' ? code('listLag') : durationsOf(defaults.get(setting));
      return [`${code(name)} (${value})`, meaningOf(setting)];
    }),
  );
}

/** What the comment of a setting's type says, with the names of a configuration file and without its default. */
function meaningOf(setting: string): string {
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+${setting}\\??:`).exec(
    read('src/model/settings.ts'),
  )?.[1];
  if (comment === undefined) throw new Error(`src/model/settings.ts doesn't say what ${setting} is`);
  const [text = ''] = comment.replace(/\s*\n\s*\*/g, '').split(/ Default:? /);
  return text.trim().replaceAll(/\{@link (\w+)Ms\}/g, '`$1`');
}

function durationsOf(value: unknown): string {
  if (typeof value === 'number') return inSeconds(value);
  return Array.isArray(value) ? `[${value.map((ms) => formatDuration(Number(ms))).join(', ')}]` : '';
}

/** Up to a minute and for a day, people say seconds and hours. */
function inSeconds(ms: number): string {
  if (ms === 60_000) return '60s';
  return ms === 86_400_000 ? '24h' : formatDuration(ms);
}

/** Podkeeper's own variables. */
export function variablesList(): string {
  return definitions(
    Object.entries(VARIABLES).map(([name, { whenLeftOut, description }]) => [
      code(name),
      `${description}${defaultText(whenLeftOut)}`,
    ]),
  );
}

/** The fields of a pod's spec. */
export function specList(): string {
  return listOf(podSpecSchema.shape);
}

function listOf(fields: Readonly<Record<string, z.ZodType | undefined>>): string {
  return definitions(
    Object.entries(fields).map(([name, schema]) => {
      const { description, whenLeftOut } = textsOf(schema);
      if (description === undefined || whenLeftOut === undefined) throw new Error(`${name} has no description`);
      return [code(name), `${description}${defaultText(whenLeftOut)}`];
    }),
  );
}

/** Pages say that a field can be left out; only a default that does something is worth a word. */
function defaultText(value: string): string {
  return value === 'none' || value === NO_DEFAULT ? '' : ` Default: ${value}.`;
}

/** The description and the default that a field states. */
function textsOf(schema: z.ZodType | undefined): FieldTexts {
  return schema?.meta() ?? {};
}
