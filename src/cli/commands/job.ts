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
  /** In an object, since an option's value can't be null. */
  input: { json: unknown };
  sync?: boolean;
  webhook?: string;
}

/** Maximum length of a printed job error, in characters. */
const MAX_ERROR_LENGTH = 300;
/** How long to wait for a sync job, ms: RunPod's default. */
const SYNC_WAIT_MS = 90_000;

/** `podkeeper job`: serverless jobs. Each command is one call to the provider. */
export function jobCommand(surroundings: CommandSurroundings): Command {
  // No options of its own: it would take those meant for its subcommands.
  const job = new Command('job').description("run and manage jobs on a provider's serverless endpoint");
  // `addCommand` copies settings only if the parent already has them.
  job.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  const action = (name: string, description: string, examples: Examples): Command =>
    command(name, description, { json: 'print one JSON document', examples })
      .option('--provider <name>', 'the provider (default: runpod)')
      .option('--account <name>', 'a configured account')
      .argument('<endpoint>', "the endpoint's id");
  job.addCommand(
    action('run', 'submit a job once; an unknown outcome is an error', [
      [`podkeeper job run my-endpoint --input '{"prompt":"a cat"}' --sync --json`, 'waits for the result'],
    ])
      .requiredOption('--input <json>', "the job's input, as JSON", parseInput)
      .option('--sync', 'wait up to 90 s for the result')
      .option('--webhook <url>', 'URL to which the provider posts the result')
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
    action('cancel', 'cancel a queued or running job', [
      ['podkeeper job cancel my-endpoint 3f2a-u1', 'asks the provider to stop it'],
    ])
      .argument('<job>', "the job's id")
      .action((endpoint: string, id: string, options: JobOptions) => cancel({ endpoint, id }, options, surroundings)),
  );
  job.addCommand(
    action('stream', "print a job's partial outputs, one JSON value per line", [
      ['podkeeper job stream my-endpoint 3f2a-u1', 'until the job ends'],
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
  output.result({ ...address, cancelled: true }, () => `asked the provider to cancel job ${address.id}`);
}

async function stream(address: Address, options: JobOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const ended = await withJobs(options, surroundings, async (provider) => {
    const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped reading; the job keeps running');
    const read = async (signal: AbortSignal) => {
      for await (const chunk of provider.streamJob(address, { signal })) {
        output.entry(chunk, () => JSON.stringify(chunk));
      }
    };
    await untilStopSignal(stopped, read, output.readerGone);
    return await provider.getJob(address, within(CALL_TIMEOUT_MS));
  });
  printEnd(ended, output, surroundings);
}

/** A provider with jobs. */
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
  if (hasFailed(job)) printEnd(job, output, surroundings);
}

/** Doesn't throw: the job itself is the one JSON document. Scripts read the exit code. */
function printEnd(job: Job, output: Output, surroundings: CommandSurroundings): void {
  const { id, status, error } = job;
  output.say(`job ${id} ${status}${error === null ? '' : `: ${error.slice(0, MAX_ERROR_LENGTH)}`}`);
  if (hasFailed(job)) surroundings.setExitCode(EXIT_CODES.failed.code);
}

function hasFailed({ status }: Job): boolean {
  return status === 'failed' || status === 'timed_out' || status === 'cancelled';
}

function parseInput(text: string): RunOptions['input'] {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON, for instance '{"prompt":"a cat"}': ${messageOf(error)}.`);
  }
}
