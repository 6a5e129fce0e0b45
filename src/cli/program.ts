import { Command, CommanderError } from 'commander';
import { VARIABLES } from '../schema/variables';
import type { Variable } from '../schema/variables';
import { exitCodeTable, EXIT_CODES } from './exitCodes';
import { Interrupted, reportFailure, stackOf } from './failure';
import type { FailureReport } from './failure';
import { Output } from './output';
import type { CommandSurroundings, Surroundings } from './output';
import { packageVersion, refuseUnfitSdk } from '../installation';
import type * as complete from './commands/complete';
import type * as completion from './commands/completion';
import type * as demo from './commands/demo';
import type * as dev from './commands/dev';
import type * as doctor from './commands/doctor';
import type * as events from './commands/events';
import type * as fakeCloud from './commands/fakeCloud';
import type * as get from './commands/get';
import type * as gpus from './commands/gpus';
import type * as init from './commands/init';
import type * as job from './commands/job';
import type * as list from './commands/list';
import type * as logs from './commands/logs';
import type * as plan from './commands/plan';
import type * as reap from './commands/reap';
import type * as servers from './commands/servers';
import type * as setup from './commands/setup';
import type * as spawn from './commands/spawn';
import type * as terminate from './commands/terminate';
import type * as token from './commands/token';
import type * as top from './commands/top';
import type * as touch from './commands/touch';
import type * as withPod from './commands/with';
import type * as worker from './commands/worker';
import type * as writeOff from './commands/writeOff';

type MakeCommand = (surroundings: CommandSurroundings) => Command;

/* oxlint-disable typescript/no-unsafe-type-assertion -- `require` has no types of its own */
/** Loaded on demand: loading Temporal's SDK takes longer than most commands. */
const COMMANDS: Readonly<Record<string, () => MakeCommand>> = {
  demo: () => (require('./commands/demo') as typeof demo).demoCommand,
  init: () => (require('./commands/init') as typeof init).initCommand,
  dev: () => (require('./commands/dev') as typeof dev).devCommand,
  worker: () => (require('./commands/worker') as typeof worker).workerCommand,
  spawn: () => (require('./commands/spawn') as typeof spawn).spawnCommand,
  with: () => (require('./commands/with') as typeof withPod).withCommand,
  list: () => (require('./commands/list') as typeof list).listCommand,
  top: () => (require('./commands/top') as typeof top).topCommand,
  get: () => (require('./commands/get') as typeof get).getCommand,
  token: () => (require('./commands/token') as typeof token).tokenCommand,
  touch: () => (require('./commands/touch') as typeof touch).touchCommand,
  events: () => (require('./commands/events') as typeof events).eventsCommand,
  logs: () => (require('./commands/logs') as typeof logs).logsCommand,
  terminate: () => (require('./commands/terminate') as typeof terminate).terminateCommand,
  'write-off': () => (require('./commands/writeOff') as typeof writeOff).writeOffCommand,
  reap: () => (require('./commands/reap') as typeof reap).reapCommand,
  doctor: () => (require('./commands/doctor') as typeof doctor).doctorCommand,
  gpus: () => (require('./commands/gpus') as typeof gpus).gpusCommand,
  plan: () => (require('./commands/plan') as typeof plan).planCommand,
  job: () => (require('./commands/job') as typeof job).jobCommand,
  'fake-cloud': () => (require('./commands/fakeCloud') as typeof fakeCloud).fakeCloudCommand,
  setup: () => (require('./commands/setup') as typeof setup).setupCommand,
  servers: () => (require('./commands/servers') as typeof servers).serversCommand,
  completion: () => (require('./commands/completion') as typeof completion).completionCommand,
  __complete: () => (require('./commands/complete') as typeof complete).completeCommand,
};
/* oxlint-enable typescript/no-unsafe-type-assertion */

/**
 * Runs `podkeeper` with the arguments that follow its name.
 *
 * @returns the exit code. Errors have been printed by then.
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const [first = ''] = argv;
  const split = first === 'with' ? argv.indexOf('--') : -1;
  const own = split === -1 ? argv : argv.slice(0, split);
  const rest = split === -1 ? undefined : argv.slice(split + 1);
  let exitCode: number = EXIT_CODES.ok.code;
  const setExitCode = (code: number) => (exitCode = code);
  try {
    refuseUnfitSdk();
    await createProgram(first, { ...surroundings, rest, setExitCode }).parseAsync([...own], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok.code;
    const exitCodeOfError = printError(error, own, surroundings);
    // Keep our own exit codes apart from those of the command that `with` runs.
    return first === 'with' ? Math.max(exitCodeOfError, EXIT_CODES.withFailed.code) : exitCodeOfError;
  }
}

/** Makes the parser, with only the named command, or with all of them for help. */
export function createProgram(name: string, surroundings: CommandSurroundings): Command {
  const program = new Command('podkeeper')
    .description('Rent a GPU or CPU pod, wait until it is healthy, use it, and be sure it ends.')
    .version(packageVersion())
    .configureOutput(writesTo(surroundings))
    .exitOverride()
    .addHelpText('after', `\n${ENVIRONMENT}\n\n${exitCodeTable()}`);
  const named = Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
  for (const each of named) {
    const make = COMMANDS[each];
    if (make === undefined) continue;
    const command = make()(surroundings).copyInheritedSettings(program);
    program.addCommand(command, { hidden: !isVisible(command) });
  }
  return program;
}

/** Whether a command is for users, not only for our completion scripts. */
export function isVisible(command: Command): boolean {
  return !command.name().startsWith('__');
}

const DOCUMENTED_VARIABLES = [
  'PODKEEPER_DEPLOYMENT',
  'PODKEEPER_CONFIG',
  'PODKEEPER_TOKEN_SECRET',
  'PODKEEPER_HOME',
] as const;

/** The help's section on environment variables. */
export const ENVIRONMENT = [
  'Environment:',
  "  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, …  how to reach Temporal (Temporal's own configuration)",
  ...DOCUMENTED_VARIABLES.map((name) => `  ${name.padEnd(22)}  ${variableText(VARIABLES[name])}`),
  "  If neither Temporal nor a deployment is configured, commands use the running 'podkeeper dev'.",
].join('\n');

function variableText({ whenLeftOut, description }: Variable): string {
  const text = whenLeftOut === '–' ? description : `${description} Default: ${whenLeftOut}`;
  return text.replaceAll('`', "'");
}

function writesTo({ stdout, stderr }: Surroundings) {
  return {
    writeOut: (text: string) => void stdout.write(text),
    writeErr: (text: string) => void stderr.write(text),
    // `printError` prints it, like every other error.
    outputError: () => undefined,
  };
}

/** Prints an error as one line on stderr and, with `--json`, as a document on stdout. @returns the exit code. */
function printError(error: unknown, argv: readonly string[], surroundings: Surroundings): number {
  const { kind, message, exitCode } = error instanceof CommanderError ? misuse(error, argv[0]) : reportFailure(error);
  // Silent, like a program that is killed for writing to a closed pipe.
  if (error instanceof Interrupted && error.signal === 'SIGPIPE') return exitCode;
  const output = new Output(surroundings, argv.includes('--json'));
  if (output.isJson) output.entry({ error: { kind, message, exitCode } }, () => '');
  output.say(`podkeeper: ${message}`);
  if (argv.includes('--debug') || isSet(surroundings.env['DEBUG'])) output.say(stackOf(error));
  return exitCode;
}

function misuse(error: CommanderError, name = ''): FailureReport {
  const message = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  // The command was given no subcommand, so commander showed its help.
  const text = error.code === 'commander.help' ? 'name a command' : message;
  const help = Object.hasOwn(COMMANDS, name) ? `podkeeper ${name} --help` : 'podkeeper --help';
  return { kind: 'usage', message: `${text}: see '${help}'`, exitCode: EXIT_CODES.usage.code };
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== '0';
}
