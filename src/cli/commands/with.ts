import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { PodHandle, PodInfo } from '../../client';
import { messageOf, parseDuration } from '../../model';
import type { ClaimReport, HealthyPod } from '../../model';
import { reportLine } from '../claimText';
import { openSession } from '../connection';

import { CliFailure, Interrupted } from '../failure';
import { ClaimFollower } from '../follow';
import { withNotes } from '../help';
import { command, hidden } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { requireHealthy } from '../requireHealthy';
import { refuseUnrentable } from '../refuseUnrentable';
import { onStopSignals } from '../signals';
import type { StopSignal } from '../signals';
import { endRental } from '../with/endRental';
import type { Rental } from '../with/endRental';
import { commandEnvironment } from '../with/environment';
import { findProgram } from '../with/findProgram';
import { LEASE_MS, leased } from '../with/lease';
import { runCommand } from '../with/runCommand';

interface WithOptions extends SharedOptions, SpecOptions {
  lease?: number;
}

const NOTES = `The command finds in its environment:
  PODKEEPER_ENDPOINT         the URL of the pod's first port
  PODKEEPER_ENDPOINT_<port>, PODKEEPER_HOST_<port>, PODKEEPER_PORT_<port>
  PODKEEPER_CLAIM, PODKEEPER_POD_ID, PODKEEPER_POD_NAME

The pod ends with the command, with Ctrl-C, and, should this process be killed, with its
lease of 2 minutes. Podkeeper's messages go to stderr; with --json the report is the last
line on stdout. The exit code is the command's, or 125 where Podkeeper itself failed.`;

/** `podkeeper with`: rents a pod for the length of a command. */
export function withCommand(surroundings: CommandSurroundings): Command {
  const rental = command('with', 'rent a pod for the length of a command', {
    json: 'print the report as the last line',
    examples: [
      [`podkeeper with pod.yaml -- sh -c 'curl -s "$PODKEEPER_ENDPOINT"'`, 'rents, asks, ends'],
      ['podkeeper with pod.yaml --set gpu=l4 -- python3 train.py', 'changes a field of the file'],
    ],
  })
    .usage('[options] <spec> -- <command> [argument...]')
    .argument(...SPEC_ARGUMENT)
    .option('--id <id>', "the claim's id (default: the file's, else one is made up)");
  withSpecOptions(rental, 'maxLifetime=1h')
    .addOption(hidden('--lease <duration>', parseLease))
    .action((file: string, options: WithOptions) => rent(file, options, surroundings));
  return withNotes(rental, NOTES);
}

async function rent(file: string, options: WithOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const [name, ...args] = surroundings.rest ?? [];
  if (name === undefined) {
    const example = `podkeeper with ${file} -- curl …`;
    throw new CliFailure('usage', `no command: write it behind --, for instance ${example}`);
  }
  const program = findProgram(name, surroundings.env, surroundings.cwd);
  const lease = leased(readSpec(file, options, surroundings.env), options.lease ?? LEASE_MS);
  const session = await openSession(options, surroundings);
  await refuseUnrentable(lease.spec, session.podkeeper);
  const signals = new Signals();
  try {
    // Two that share a pod would each end it under the other.
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

/** The signals that ask us to stop, and who answers them at the time. */
class Signals {
  /** The first that came. */
  first: StopSignal | undefined;
  hear: (signal: StopSignal) => void = () => undefined;
  readonly release = onStopSignals((signal) => {
    this.first ??= signal;
    this.hear(signal);
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
    if (!isLoss(error)) output.say(`${messageOf(error)}; ending ${rental.pod.id}`);
  }
  const why = 'error' in outcome ? messageOf(outcome.error) : 'its command is over';
  const ending = endRental(rental, why);
  signals.hear = ending.hear;
  const report = await ending.done.catch((error: unknown) => {
    // The first error is the one that is thrown; the second has to be told here.
    if ('error' in outcome) output.say(messageOf(error));
    else throw error;
  });
  if (report !== undefined) tellEnd(report, output);
  if ('error' in outcome) throw outcome.error;
  return outcome.exitCode;
}

/** Told already, when the command was stopped. */
function isLoss(error: unknown): boolean {
  return error instanceof CliFailure && error.kind === 'lost';
}

async function becomeHealthy({ follower, pod }: Rental, signals: Signals): Promise<HealthyPod> {
  const stopping = new AbortController();
  signals.hear = (signal) => stopping.abort(new Interrupted(signal, 'interrupted before the pod was healthy'));
  if (signals.first !== undefined) signals.hear(signals.first);
  const isSettled = ({ claim }: PodInfo) => claim?.phase === 'healthy' || claim?.end != null;
  const info = await follower.follow({ signal: stopping.signal, until: isSettled });
  // What comes from here on is the command's.
  signals.hear = () => undefined;
  return await requireHealthy(pod, info);
}

function tellEnd(report: ClaimReport, output: Output): void {
  output.say(reportLine(report));
  if (output.isJson) output.entry(report, () => '');
}

const LOOK_EVERY_MS = 5_000;

/** Runs the command, keeps the lease meanwhile, and stops the command when the pod is lost. */
async function useUntilLost(
  { pod, output, touchEveryMs }: Rental & { touchEveryMs: number },
  signals: Signals,
  start: () => ReturnType<typeof runCommand>,
): Promise<number> {
  const over = new AbortController();
  const lease = pod.keepAlive({ everyMs: touchEveryMs });
  const running = start();
  signals.hear = running.hear;
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

/** Answers when the claim ends under the command's feet; `null` when nobody needs to know any more. */
async function watchLoss(pod: PodHandle, signal: AbortSignal): Promise<string | null> {
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    // While nobody answers, nothing is known: the lease may still hold.
    const info = signal.aborted ? null : await pod.info().catch(() => null);
    if (signal.aborted || info === null) continue;
    const end = info.claim?.end ?? info.report?.end;
    if (end != null || !info.isOpen) return `the pod is lost: ${end?.message ?? 'its claim was cut off from outside'}`;
  }
  return null;
}

function parseLease(text: string): number {
  const lease = parseDuration(text);
  if (lease === undefined) throw new InvalidArgumentError('It must be a duration.');
  return lease;
}
