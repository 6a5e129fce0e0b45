import type { z } from 'zod';
import { DEFAULT_SETTINGS, formatDuration } from '../../../src/model';
import { accountSchema } from '../../../src/schema/accounts';
import { configurationSchema } from '../../../src/schema/configuration';
import { podSpecSchema } from '../../../src/schema/podSpecSchema';
import { SETTING_RULES, settingsFields } from '../../../src/schema/settings';
import { VARIABLES } from '../../../src/schema/variables';
import { read } from '../markdown';
import { code, table } from './table';

/** Where a schema's field says what it is, and what holds without it. */
export interface Told {
  description?: string;
  whenLeftOut?: string;
}

/** The sections of `podkeeper.yaml`. */
export function configurationTable(): string {
  return table(['key', 'default', ''], rowsOf(configurationSchema.shape));
}

/** The fields of each provider's accounts. */
export function accountsTable(): string {
  const rows = accountFields().flatMap(([provider, { provider: kind, ...fields }]) => [
    [`${code('provider')}: ${code(provider)}`, '–', told(kind).description ?? ''],
    ...rowsOf(fields).map(([name = '', ...others]) => [`${name} of ${code(provider)}`, ...others]),
  ]);
  return table(['field', 'default', ''], rows);
}

/** The fields of the accounts at one provider. */
export function accountTable(provider: string): string {
  const [, { provider: _kind, ...fields } = {}] = accountFields().find(([name]) => name === provider) ?? [];
  return table(['field of the account', 'default', ''], rowsOf(fields));
}

function accountFields(): [string, Record<string, z.ZodType | undefined>][] {
  return accountSchema.options.map((option) => {
    const { shape } = 'shape' in option ? option : option.in;
    return [shape.provider.value, shape];
  });
}

/** The settings with their defaults, and what they must be to each other. */
export function settingsTable(): string {
  const fields: Record<string, z.ZodType | undefined> = settingsFields.shape;
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_SETTINGS));
  const rows = Object.keys(fields).map((name) => {
    const setting = `${name}Ms`;
    const rules = SETTING_RULES.filter(([one]) => one === setting).map(
      ([, relation, other]) => ` Must be ${relation} ${code(other.replace(/Ms$/, ''))}.`,
    );
    return [
      code(name),
      setting === 'endLagMs' ? code('listLag') : durationsOf(defaults.get(setting)),
      `${meaningOf(setting)}${rules.join('')}`,
    ];
  });
  return table(['setting', 'default', ''], rows);
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
export function variablesTable(): string {
  const rows = Object.entries(VARIABLES).map(([name, { whenLeftOut, description }]) => [
    code(name),
    whenLeftOut,
    description,
  ]);
  return table(['variable', 'default', ''], rows);
}

/** The fields of a pod's spec. */
export function specTable(): string {
  return table(['field', 'default', ''], rowsOf(podSpecSchema.shape));
}

function rowsOf(fields: Readonly<Record<string, z.ZodType | undefined>>): string[][] {
  return Object.entries(fields).map(([name, schema]) => {
    const { description, whenLeftOut } = told(schema);
    if (description === undefined || whenLeftOut === undefined) throw new Error(`${name} doesn't say what it is`);
    return [code(name), whenLeftOut, description];
  });
}

/** What a field says of itself. */
export function told(schema: z.ZodType | undefined): Told {
  return schema?.meta() ?? {};
}
