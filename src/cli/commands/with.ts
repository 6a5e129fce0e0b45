import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { PodHandle, PodInfo } from '../../client';
import { isPodkeeperError, messageOf, parseDuration } from '../../model';
import type { ClaimReport, HealthyPod } from '../../model';
import { costLine, reportLine } from '../claimText';
import { openSession } from '../session';

import { CliFailure, Interrupted } from '../failure';
import { ClaimFollower } from '../follow';
import { withNotes } from '../help';
import { command, hidden } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { refuseUnrentable, requireHealthy } from '../spawning';
import { onStopSignals } from '../signals';
import type { StopSignal } from '../signals';
import { endRental } from '../with/endRental';
import type { Rental } from '../with/endRental';
import { commandEnvironment, findProgram, runCommand } from '../with/command';
import { LEASE_MS, leased } from '../with/lease';

interface WithOptions extends SharedOptions, SpecOptions {
  lease?: number;
}

const NOTES = `The command gets these environment variables:
  PODKEEPER_ENDPOINT         the URL of the pod's first port
  PODKEEPER_ENDPOINT_<port>, PODKEEPER_HOST_<port>, PODKEEPER_PORT_<port>
  PODKEEPER_CLAIM, PODKEEPER_POD_ID, PODKEEPER_POD_NAME

The pod ends when the command exits, on Ctrl-C, and 2 minutes after this process is killed.
The exit code is the command's, or 125 if Podkeeper itself failed.`;

/** `podkeeper with`: rents a pod while a command runs. */
export function withCommand(surroundings: CommandSurroundings): Command {
  const rental = command('with', 'rent a pod while a command runs', {
    json: 'print the report as the last line',
    examples: [[`podkeeper with pod.yaml -- sh -c 'curl -s "$PODKEEPER_ENDPOINT"'`, 'sends a request']],
  })
    .usage('[options] <spec> -- <command> [argument...]')
    .argument(...SPEC_ARGUMENT)
    .option('--id <id>', "the claim's id (default: the file's, or a random one)");
  withSpecOptions(rental)
    .addOption(hidden('--lease <duration>', parseLease))
    .action((file: string, options: WithOptions) => rent(file, options, surroundings));
  return withNotes(rental, NOTES);
}

async function rent(file: string, options: WithOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const [name, ...args] = surroundings.rest ?? [];
  if (name === undefined) {
    const example = `podkeeper with ${file} -- curl …`;
    throw new CliFailure('usage', `no command given: write it after --, for instance ${example}`);
  }
  const program = findProgram(name, surroundings.env, surroundings.cwd);
  const lease = leased(readSpec(file, options, surroundings.env), options.lease ?? LEASE_MS);
  const session = await openSession(options, surroundings);
  await refuseUnrentable(lease.spec, session.podkeeper);
  const signals = new Signals();
  try {
    // Exclusive: two commands sharing a pod would end it for each other.
    const pod = await session.podkeeper.spawn(lease.spec, { exclusive: true });
    const rental = { session, output, pod, follower: new ClaimFollower(pod, session, output), ...lease };
    const exitCode = await useAndEnd(rental, signals, (healthy) => {
      const env = commandEnvironment(surroundings.env, pod.id, healthy);
      return useUntilLost(rental, signals, () => runCommand(program, args, env, output));
    });
    surroundings.setExitCode(exitCode);
  } finally {
    signals.release();
  }
}

/** Stop signals, and their current handler. */
class Signals {
  /** The first signal received. */
  first: StopSignal | undefined;
  handle: (signal: StopSignal) => void = () => undefined;
  readonly release = onStopSignals((signal) => {
    this.first ??= signal;
    this.handle(signal);
  });
}

/** Waits for the pod, uses it, and ends it whatever happens. */
async function useAndEnd(rental: Rental, signals: Signals, use: (pod: HealthyPod) => Promise<number>): Promise<number> {
  const { output } = rental;
  let outcome: { exitCode: number } | { error: unknown };
  try {
    outcome = { exitCode: await use(await becomeHealthy(rental, signals)) };
  } catch (error) {
    outcome = { error };
    if (!isLoss(error) && !isFailedBoot(error)) output.say(`${messageOf(error)}; ending ${rental.pod.id}`);
  }
  const why = 'error' in outcome ? messageOf(outcome.error) : 'its command has exited';
  const ending = endRental(rental, why);
  signals.handle = ending.handleSignal;
  const report = await ending.done.catch((error: unknown) => {
    // The first error is thrown below, so print the second here.
    if ('error' in outcome) output.say(messageOf(error));
    else throw error;
  });
  const isSaidBelow = 'error' in outcome && isFailedBoot(outcome.error);
  if (report !== undefined) printReport(report, output, isSaidBelow ? costLine(report) : reportLine(report));
  if ('error' in outcome) throw outcome.error;
  return outcome.exitCode;
}

/** A loss was already printed when the command was stopped. */
function isLoss(error: unknown): boolean {
  return error instanceof CliFailure && error.kind === 'lost';
}

/** The claim has ended by itself. Its error, printed last, says why. */
function isFailedBoot(error: unknown): boolean {
  return error instanceof CliFailure && isPodkeeperError(error.cause);
}

async function becomeHealthy({ follower, pod }: Rental, signals: Signals): Promise<HealthyPod> {
  const stopping = new AbortController();
  signals.handle = (signal) => stopping.abort(new Interrupted(signal, 'interrupted before the pod was healthy'));
  if (signals.first !== undefined) signals.handle(signals.first);
  const isSettled = ({ claim }: PodInfo) => claim?.phase === 'healthy' || claim?.end != null;
  const info = await follower.follow({ signal: stopping.signal, until: isSettled });
  // From here on, signals are the command's to handle.
  signals.handle = () => undefined;
  return await requireHealthy(pod, info);
}

function printReport(report: ClaimReport, output: Output, line: string): void {
  output.say(line);
  if (output.isJson) output.entry(report, () => '');
}

const LOSS_POLL_MS = 5_000;

/** Runs the command and renews the lease meanwhile. Stops the command if the pod is lost. */
async function useUntilLost(
  { pod, output, touchEveryMs }: Rental & { touchEveryMs: number },
  signals: Signals,
  start: () => ReturnType<typeof runCommand>,
): Promise<number> {
  const over = new AbortController();
  const lease = pod.keepAlive({ everyMs: touchEveryMs });
  const running = start();
  signals.handle = running.handleSignal;
  let lost: string | null = null;
  const watching = watchLoss(pod, over.signal).then((message) => {
    lost = message;
    if (message === null) return;
    output.say(`${message}; ending the command`);
    running.end();
  });
  try {
    const exitCode = await running.exited;
    if (lost !== null) throw new CliFailure('withFailed', lost, { kind: 'lost' });
    return exitCode;
  } finally {
    lease.stop();
    over.abort();
    await watching;
  }
}

/** Resolves with a message when the claim ends while the command runs; with `null` when aborted. */
async function watchLoss(pod: PodHandle, signal: AbortSignal): Promise<string | null> {
  while (!signal.aborted) {
    await delay(LOSS_POLL_MS, undefined, { signal }).catch(() => undefined);
    // No answer proves nothing: the lease may still hold.
    const info = signal.aborted ? null : await pod.info().catch(() => null);
    if (signal.aborted || info === null) continue;
    const end = info.claim?.end ?? info.report?.end;
    if (end != null || !info.isOpen)
      return `the pod is lost: ${end?.message ?? "its claim's workflow was stopped from outside"}`;
  }
  return null;
}

function parseLease(text: string): number {
  const lease = parseDuration(text);
  if (lease === undefined) throw new InvalidArgumentError('It must be a duration.');
  return lease;
}
