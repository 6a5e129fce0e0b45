import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../model';
import type { Job, Provider } from '../../providers/contract';
import { withExamples } from '../help';
import type { Examples } from '../help';
import { EXIT_CODES } from '../exitCodes';
import { Interrupted } from '../failure';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { CALL_TIMEOUT_MS, lacking, withProviderAccount } from '../providerAccount';
import { untilStopSignal } from '../signals';
import { fields } from '../text';

interface JobOptions extends SharedOptions {
  provider?: string;
  account?: string;
}

interface RunOptions extends JobOptions {
  /** Wrapped: an option can't be null. */
  input: { json: unknown };
  sync?: boolean;
  webhook?: string;
}

/** How much of a job's error is told, in characters. */
const LONGEST_ERROR = 300;
/** How long a sync job is waited for, ms: RunPod's own default. */
const SYNC_WAIT_MS = 90_000;

/** `podkeeper job`: serverless jobs, as single calls to the provider. */
export function jobCommand(surroundings: CommandSurroundings): Command {
  // With options of its own it would take those that stand behind the names of its commands.
  const job = new Command('job').description("run a job on a provider's serverless endpoint, and look after it");
  // As `addCommand` does it for commands that are added before their parent has its settings.
  job.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  const action = (name: string, description: string, examples: Examples): Command =>
    command(name, description, { json: 'print one JSON document', examples })
      .option('--provider <name>', 'the provider (default: runpod)')
      .option('--account <name>', 'an account of the configuration')
      .argument('<endpoint>', "the endpoint's id");
  job.addCommand(
    action('run', 'submit a job, once: an unknown outcome is said, and never tried again', [
      [`podkeeper job run my-endpoint --input '{"prompt":"a cat"}'`, "prints the job's id"],
      [`podkeeper job run my-endpoint --input '{"prompt":"a cat"}' --sync --json`, 'waits for its result'],
    ])
      .requiredOption('--input <json>', "the job's input, as JSON", parseInput)
      .option('--sync', 'wait for its result, up to 90 s')
      .option('--webhook <url>', 'where the provider is to post the result')
      .action((endpoint: string, options: RunOptions) => run(endpoint, options, surroundings)),
  );
  job.addCommand(
    action('get', "show a job's status and result", [
      ['podkeeper job get my-endpoint 3f2a-u1', 'its status, and its result once it has one'],
    ])
      .argument('<job>', "the job's id")
      .action((endpoint: string, id: string, options: JobOptions) => get({ endpoint, id }, options, surroundings)),
  );
  job.addCommand(
    action('cancel', 'cancel a job that waits or runs', [
      ['podkeeper job cancel my-endpoint 3f2a-u1', 'asks the provider to stop it'],
    ])
      .argument('<job>', "the job's id")
      .action((endpoint: string, id: string, options: JobOptions) => cancel({ endpoint, id }, options, surroundings)),
  );
  job.addCommand(
    action('stream', "print a job's partial outputs until it has ended, one JSON value a line", [
      ['podkeeper job stream my-endpoint 3f2a-u1', 'one JSON value a line, until the job has ended'],
    ])
      .argument('<job>', "the job's id")
      .action((endpoint: string, id: string, options: JobOptions) => stream({ endpoint, id }, options, surroundings)),
  );
  return withExamples(job, [
    [`podkeeper job run my-endpoint --input '{"prompt":"a cat"}'`, "prints the job's id"],
    ['podkeeper job get my-endpoint 3f2a-u1', 'its status, and its result once it has one'],
  ]);
}

async function run(endpoint: string, options: RunOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const job = await withJobs(options, surroundings, async (provider) => {
    const { input, webhook, sync = false } = options;
    const request = { endpoint, input: input.json, ...(webhook === undefined ? {} : { webhook }) };
    return await provider.runJob(
      sync ? { ...request, mode: 'sync', timeoutMs: SYNC_WAIT_MS } : request,
      within(SYNC_WAIT_MS + CALL_TIMEOUT_MS),
    );
  });
  print(job, output, surroundings);
}

interface Address {
  endpoint: string;
  id: string;
}

async function get(address: Address, options: JobOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const job = await withJobs(options, surroundings, (provider) => provider.getJob(address, within(CALL_TIMEOUT_MS)));
  print(job, output, surroundings);
}

async function cancel(address: Address, options: JobOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  await withJobs(options, surroundings, (provider) => provider.cancelJob(address, within(CALL_TIMEOUT_MS)));
  output.result({ ...address, cancelled: true }, () => `job ${address.id} is told to stop`);
}

async function stream(address: Address, options: JobOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const ended = await withJobs(options, surroundings, async (provider) => {
    const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped reading; the job goes on');
    const read = async (signal: AbortSignal) => {
      for await (const chunk of provider.streamJob(address, { signal })) {
        output.entry(chunk, () => JSON.stringify(chunk));
      }
    };
    await untilStopSignal(stopped, read, output.readerGone);
    return await provider.getJob(address, within(CALL_TIMEOUT_MS));
  });
  tellEnd(ended, output, surroundings);
}

/** A provider that surely has jobs. */
type JobProvider = Provider & Required<Pick<Provider, 'runJob' | 'getJob' | 'cancelJob' | 'streamJob'>>;

async function withJobs<T>(
  options: JobOptions,
  surroundings: CommandSurroundings,
  ask: (provider: JobProvider) => Promise<T>,
): Promise<T> {
  const { provider = options.account === undefined ? 'runpod' : undefined } = options;
  return await withProviderAccount({ ...options, provider }, surroundings, async (account) => {
    if (!hasJobs(account.provider)) throw lacking(account, 'serverless jobs');
    return await ask(account.provider);
  });
}

function hasJobs(provider: Provider): provider is JobProvider {
  return provider.capabilities.has('serverless') && provider.runJob !== undefined;
}

function within(timeoutMs: number): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(timeoutMs) };
}

function print(job: Job, output: Output, surroundings: CommandSurroundings): void {
  output.result(job, () =>
    fields([
      ['job', job.id],
      ['endpoint', job.endpoint],
      ['status', job.status],
      ['waited', job.delayTimeMs === null ? null : `${job.delayTimeMs} ms`],
      ['ran', job.executionTimeMs === null ? null : `${job.executionTimeMs} ms`],
      ['output', job.output === null ? null : JSON.stringify(job.output)],
      ['error', job.error],
    ]),
  );
  if (isBad(job)) tellEnd(job, output, surroundings);
}

/** Not thrown: the job is the answer, and the only document. A script goes by the exit code. */
function tellEnd(job: Job, output: Output, surroundings: CommandSurroundings): void {
  const { id, status, error } = job;
  output.say(`job ${id} ${status}${error === null ? '' : `: ${error.slice(0, LONGEST_ERROR)}`}`);
  if (isBad(job)) surroundings.setExitCode(EXIT_CODES.failed.code);
}

function isBad({ status }: Job): boolean {
  return status === 'failed' || status === 'timed_out' || status === 'cancelled';
}

function parseInput(text: string): RunOptions['input'] {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON, for instance '{"prompt":"a cat"}': ${messageOf(error)}.`);
  }
}
