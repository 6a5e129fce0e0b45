import type { Command } from 'commander';
import type { PodHandle } from '../../client';
import type { ClaimReport } from '../../model';
import { describeReport, reportLine } from '../claimText';
import { openSession } from '../connection';
import { EXIT_CODES } from '../exitCodes';
import { Interrupted } from '../failure';
import { ClaimFollower } from '../follow';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { untilStopSignal } from '../signals';
import { userName } from '../userName';

interface TerminateOptions extends SharedOptions {
  wait: boolean;
  message?: string;
}

/** `podkeeper terminate`: ends a claim. */
export function terminateCommand(surroundings: CommandSurroundings): Command {
  return command('terminate', 'end a claim and wait until its pod is proven gone', {
    json: 'print the report',
    examples: [
      ['podkeeper terminate render-42', 'ends it, and waits for the proof'],
      ["podkeeper terminate render-42 --no-wait --message 'not needed any more'", 'only asks for the end'],
    ],
  })
    .argument('<id>', "the claim's id")
    .option('--no-wait', 'only ask for the end')
    .option('--message <text>', 'why, for the report (default: by whom)')
    .action((id: string, options: TerminateOptions) => terminate(id, options, surroundings));
}

async function terminate(id: string, options: TerminateOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const pod = session.podkeeper.get(id);
  const follower = new ClaimFollower(pod, session, output);
  if (options.wait) await follower.skipPast();
  await pod.release(options.message ?? `released by ${userName(surroundings.env)}`);
  if (!options.wait) {
    output.result({ id, requested: true }, () => `${id} is asked to end`);
    return;
  }
  const report = await awaitEnd(pod, follower, output);
  output.result(report, () => describeReport(report, Date.now()));
  if (report.phase === 'written_off') surroundings.setExitCode(EXIT_CODES.failed.code);
}

async function awaitEnd(pod: PodHandle, follower: ClaimFollower, output: Output): Promise<ClaimReport> {
  const goesOn = (signal: NodeJS.Signals) =>
    new Interrupted(signal, `stopped waiting. ${pod.id} is ending all the same: 'podkeeper get ${pod.id}' shows it`);
  return await untilStopSignal(goesOn, async (signal) => {
    await follower.follow({ signal, until: ({ isOpen }) => !isOpen });
    const { report } = await pod.result();
    output.say(reportLine(report));
    return report;
  });
}
