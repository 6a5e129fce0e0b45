import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { messageOf, PodkeeperError } from '../model';
import { loadSpecFile } from '../schema';
import type { FieldChange, PodSpecInput } from '../schema';

/** What a command was told of a spec beside its file. */
export interface SpecOptions {
  id?: string;
  owner?: string;
  label?: FieldChange[];
  envFile?: string[];
  set?: FieldChange[];
}

/** Adds the options by which a command changes the fields of a spec's file. */
export function withSpecOptions(command: Command, example: string): Command {
  return command
    .option('--owner <name>', 'who answers for the pod')
    .option('--label <name=text>', 'add a label; can be given again', parseLabel)
    .option(
      '--env-file <file>',
      "add variables from a file of NAME=value lines, read as docker's; can be given again",
      (file: string, before: string[] | undefined) => [...(before ?? []), file],
    )
    .option(
      '--set <field=value>',
      `change a field, for instance ${example}; text is taken as it is; can be given again`,
      parseFieldChange,
    );
}

/** The spec's file, for the help of a command. */
export const SPEC_ARGUMENT = [
  '<spec>',
  "the YAML or JSON file that says what the pod is to be; '-' reads it from stdin",
] as const;

/**
 * Reads `maxLifetime=1h`, `env.MODE=fast`, `ports[0]=80/http`, `labels[example.com/run]=7`. What stands behind the `=` is read by what can stand there.
 *
 * @throws InvalidArgumentError for a text without `=`, or a path that is none.
 */
export function parseFieldChange(text: string, before: FieldChange[] = []): FieldChange[] {
  const [, written, value] = /^((?:\[[^\]]*\]|[^=[])+)=(.*)$/s.exec(text) ?? [];
  const path = written === undefined ? undefined : pathOf(written);
  if (path === undefined || value === undefined) {
    throw new InvalidArgumentError(
      'Write a field and its value, for instance --set maxLifetime=1h; a name with dots stands in brackets, as in labels[example.com/run]=7.',
    );
  }
  return [...before, { path, text: value, from: '--set' }];
}

/** `a.b[c.d]` → a, b, c.d; quotes within brackets are taken off. */
function pathOf(written: string): string[] | undefined {
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[[^\]]+\])*$/.test(written)) return undefined;
  return [...written.matchAll(/\[(['"]?)([^\]]+)\1\]|[^.[\]]+/g)].map(([whole, , inner]) => inner ?? whole);
}

function parseLabel(text: string, before: FieldChange[] = []): FieldChange[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write a name and a text, for instance --label team=vision.');
  }
  return [...before, { path: ['labels', name], text: value, from: '--label' }];
}

/**
 * Reads a spec's file, changes fields of it, and checks the whole. What stands later in this list holds: the file, `--env-file`, `--owner` and `--label`,
 * `--set`, `--id`.
 *
 * @param environment where an env file's names without a value are looked up
 * @throws PodkeeperError `validation` or `unsupported`, naming the field, and where it was written.
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
  return loadSpecFile(file, changes);
}

/**
 * A file of variables as docker reads it: a line each, `NAME=value` to the last character, without quotes or escapes; `NAME` alone takes the value of
 * our own environment, if it is set there; `#` begins a line of comment.
 */
function readEnvFile(file: string, environment: NodeJS.ProcessEnv): FieldChange[] {
  return linesOf(file).flatMap((line, index): FieldChange[] => {
    const from = `${file}:${index + 1}`;
    const text = line.trimStart();
    if (text === '' || text.startsWith('#')) return [];
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === '' || /\s/.test(name)) {
      throw new PodkeeperError('validation', `${from}: must be NAME=value, without spaces in the name`);
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
