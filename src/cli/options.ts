import { Command, InvalidArgumentError, Option } from 'commander';
import { withExamples } from './help';
import type { Examples } from './help';
import type { TargetOptions } from './target';

/** The options of every command. */
export interface SharedOptions extends TargetOptions {
  json?: boolean;
  debug?: boolean;
}

/** Makes a command with the shared options. */
export function command(
  name: string,
  description: string,
  { json, examples }: { json: string; examples: Examples },
): Command {
  const made = new Command(name)
    .description(description)
    .option('--json', json)
    .option('--debug', 'show the stack trace of an error')
    .option('--profile <name>', "profile of Temporal's configuration file (default: TEMPORAL_PROFILE)")
    .option('--deployment <name>', 'the deployment (default: PODKEEPER_DEPLOYMENT, podkeeper.yaml)')
    .option('--config <file>', 'the configuration file (default: PODKEEPER_CONFIG, podkeeper.yaml)')
    .option('--codec-module <file>', "module with the application's payload codec (default: PODKEEPER_CODEC_MODULE)")
    .option('--codec-endpoint <url>', 'codec server, instead of a module (default: TEMPORAL_CODEC_ENDPOINT)')
    .option('--codec-auth <value>', "the codec server's Authorization header (default: TEMPORAL_CODEC_AUTH)");
  return withExamples(made, examples);
}

/** An option for tests, not shown in the help. */
export function hidden(flags: string, parse: (value: string) => unknown): Option {
  return new Option(flags).argParser(parse).hideHelp();
}

/** Parses a port. @throws InvalidArgumentError */
export function parsePortNumber(value: string): number {
  return wholeNumber(value, 1, 65_535, 'a port: 1 to 65535');
}

/** Parses a whole number. @throws InvalidArgumentError */
export function wholeNumber(value: string, least: number, most: number, form: string): number {
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`It must be ${form}.`);
}
