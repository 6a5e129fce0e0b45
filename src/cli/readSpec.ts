import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { messageOf, PodkeeperError } from '../model';
import type { FieldChange, PodSpecInput } from '../schema';
import { loadSchema } from './onDemand';

/** The options that change a spec's fields. */
export interface SpecOptions {
  id?: string;
  owner?: string;
  label?: FieldChange[];
  envFile?: string[];
  set?: FieldChange[];
}

/** Adds the options that change a spec's fields. */
export function withSpecOptions(command: Command): Command {
  return command
    .option('--owner <name>', 'who is responsible for the pod')
    .option('--label <name=text>', 'add a label; repeatable', parseLabel)
    .option(
      '--env-file <file>',
      "add environment variables from a file in docker's format, NAME=value lines; repeatable",
      (file: string, before: string[] | undefined) => [...(before ?? []), file],
    )
    .option('--set <field=value>', 'change a field, for instance maxLifetime=1h; repeatable', parseFieldChange);
}

/** The spec argument, with its help text. */
export const SPEC_ARGUMENT = ['<spec>', "the pod's spec, a YAML or JSON file; '-' for stdin"] as const;

/**
 * Parses `maxLifetime=1h`, `env.MODE=fast`, `ports[0]=80/http`, `labels[example.com/run]=7`. The value is later read as the field's type.
 *
 * @throws InvalidArgumentError for a text without `=`, or an invalid path.
 */
export function parseFieldChange(text: string, before: FieldChange[] = []): FieldChange[] {
  const [, written, value] = /^((?:\[[^\]]*\]|[^=[])+)=(.*)$/s.exec(text) ?? [];
  const path = written === undefined ? undefined : pathOf(written);
  if (path === undefined || value === undefined) {
    throw new InvalidArgumentError(
      'Write field=value, for instance --set maxLifetime=1h. Put a name with dots in brackets: labels[example.com/run]=7.',
    );
  }
  return [...before, { path, text: value, from: '--set' }];
}

/** `a.b[c.d]` → a, b, c.d; quotes within brackets are removed. */
function pathOf(written: string): string[] | undefined {
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[[^\]]+\])*$/.test(written)) return undefined;
  return [...written.matchAll(/\[(['"]?)([^\]]+)\1\]|[^.[\]]+/g)].map(([whole, , inner]) => inner ?? whole);
}

function parseLabel(text: string, before: FieldChange[] = []): FieldChange[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write name=text, for instance --label team=vision.');
  }
  return [...before, { path: ['labels', name], text: value, from: '--label' }];
}

/**
 * Reads a spec's file, applies the options, and checks the result. Later ones override earlier ones: the file, `--env-file`, `--owner` and `--label`,
 * `--set`, `--id`.
 *
 * @param environment the values for an env file's names without a value
 * @throws PodkeeperError `validation` or `unsupported`, with the field and where it was set.
 */
export function readSpec(file: string, options: SpecOptions, environment: NodeJS.ProcessEnv): PodSpecInput {
  const { id, owner, label = [], envFile = [], set = [] } = options;
  const one = (field: string, text: string | undefined): FieldChange[] =>
    text === undefined ? [] : [{ path: [field], text, from: `--${field}` }];
  const changes = [
    ...envFile.flatMap((each) => readEnvFile(each, environment)),
    ...one('owner', owner),
    ...label,
    ...set,
    ...one('id', id),
  ];
  return loadSchema().loadSpecFile(file, changes);
}

/**
 * Reads an env file as docker does: one `NAME=value` per line, to the end of the line, without quotes or escapes. `NAME` alone takes the value from our
 * environment, if it is set there. `#` begins a comment line.
 */
function readEnvFile(file: string, environment: NodeJS.ProcessEnv): FieldChange[] {
  return linesOf(file).flatMap((line, index): FieldChange[] => {
    const from = `${file}:${index + 1}`;
    const text = line.trimStart();
    if (text === '' || text.startsWith('#')) return [];
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === '' || /\s/.test(name)) {
      throw new PodkeeperError('validation', `${from}: write NAME=value, without spaces in the name`);
    }
    const found = value ?? environment[name];
    return found === undefined ? [] : [{ path: ['env', name], text: found, from }];
  });
}

function linesOf(file: string): string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    return text.split(/\r?\n/);
  } catch (error) {
    throw new PodkeeperError('validation', `--env-file: ${file} can't be read: ${messageOf(error)}`, { cause: error });
  }
}
