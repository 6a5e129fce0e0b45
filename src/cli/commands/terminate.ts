import type { Command } from 'commander';
import type { PodHandle } from '../../client';
import { isUnreadable } from '../../client/unreadable';
import { messageOf } from '../../model';
import type { ClaimReport } from '../../model';
import { describeReport, reportLine } from '../claimText';
import { openSession } from '../session';
import { EXIT_CODES } from '../exitCodes';
import { CliFailure, Interrupted } from '../failure';
import { ClaimFollower } from '../follow';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { orAborted, untilStopSignal } from '../signals';
import { userName } from '../userContext';

interface TerminateOptions extends SharedOptions {
  wait: boolean;
  message?: string;
}

/** `podkeeper terminate`: ends a claim. */
export function terminateCommand(surroundings: CommandSurroundings): Command {
  return command('terminate', 'end claims, and wait until their pods are proven gone', {
    json: 'print the report, or a list of reports for several ids',
    examples: [['podkeeper terminate render-42 render-43', 'ends both in parallel']],
  })
    .argument('<id...>', "the claims' ids")
    .option('--no-wait', 'only ask for the end')
    .option('--message <text>', 'the reason, for the report (default: who ran it)')
    .action((ids: string[], options: TerminateOptions) => terminate(ids, options, surroundings));
}

async function terminate(ids: string[], options: TerminateOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const pods = [...new Set(ids)].map((id) => session.podkeeper.get(id));
  const followers = pods.map((pod) => new ClaimFollower(pod, session, output));
  const message = options.message ?? `released by ${userName(surroundings.env)}`;
  // Ask all claims before waiting for any. A failure of one doesn't stop the others.
  const asked = await Promise.allSettled(
    pods.map(async (pod, index) => {
      // End the claim even if its answer can't be decoded.
      if (options.wait) await followers[index]?.skipPast().catch(unlessUnreadable);
      await pod.release(message);
      return { pod, follower: followers[index] };
    }),
  );
  const failures: unknown[] = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const requested = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (!options.wait) {
    const documents = requested.map(({ pod }) => ({ id: pod.id, requested: true }));
    show(documents, ({ id }) => `asked ${id} to end\n`, pods.length, output);
  } else {
    const ends = requested.flatMap(({ pod, follower }) =>
      follower === undefined ? [] : [awaitEnd(pod, follower, output)],
    );
    const reports: ClaimReport[] = [];
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === 'fulfilled') reports.push(end.value);
      else failures.push(end.reason);
    }
    show(reports, (report) => describeReport(report, Date.now()), pods.length, output);
    if (reports.some(({ phase }) => phase === 'written_off')) surroundings.setExitCode(EXIT_CODES.failed.code);
  }
  const [first, ...others] = failures;
  for (const other of others) output.say(`podkeeper: ${messageOf(other)}`);
  if (first !== undefined) throw first;
}

/** One document for one id, a list for several. */
function show<T>(documents: readonly T[], text: (document: T) => string, named: number, output: Output): void {
  if (documents.length === 0) return;
  output.result(named === 1 ? documents[0] : documents, () => documents.map(text).join('\n'));
}

async function awaitEnd(pod: PodHandle, follower: ClaimFollower, output: Output): Promise<ClaimReport> {
  const goesOn = (signal: NodeJS.Signals) =>
    new Interrupted(signal, `stopped waiting; ${pod.id} is still ending. Check with 'podkeeper get ${pod.id}'`);
  return await untilStopSignal(goesOn, async (signal) => {
    await follower.follow({ signal, until: ({ isOpen }) => !isOpen }).catch(unlessUnreadable);
    const { report } = await orAborted(pod.result().catch(refuseUnreadable(pod.id)), signal);
    output.say(reportLine(report));
    return report;
  });
}

function unlessUnreadable(error: unknown): void {
  if (!isUnreadable(error)) throw error;
}

/** A result means that the workflow has closed, so the claim has ended even if its report can't be decoded. */
function refuseUnreadable(id: string): (error: unknown) => never {
  return (error) => {
    if (!isUnreadable(error)) throw error;
    throw new CliFailure('failed', `${id} has ended, but its report can't be decoded. ${messageOf(error)}`, {
      cause: error,
    });
  };
}
