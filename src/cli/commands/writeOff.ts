import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { unansweredMessage } from '../../client/absentWorkers';
import { debtLines, describeReport } from '../claimText';
import { openSession } from '../session';
import { CliFailure } from '../failure';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { userName } from '../userContext';

interface WriteOffOptions extends SharedOptions {
  reason: string;
  by?: string;
  yes?: boolean;
}

/** `podkeeper write-off`: closes a claim whose debt can't be proven gone. */
export function writeOffCommand(surroundings: CommandSurroundings): Command {
  return command('write-off', 'close an ending claim in your name, without proof that its pod is gone', {
    json: 'print one JSON document',
    examples: [["podkeeper write-off render-42 --reason 'the host is gone'", 'asks for confirmation']],
  })
    .argument('<id>', "the claim's id")
    .requiredOption('--reason <text>', 'why there is no proof, for the report')
    .option('--by <name>', 'who is responsible (default: your user name)')
    .option('--yes', "don't ask for confirmation")
    .action((id: string, options: WriteOffOptions) => writeOff(id, options, surroundings));
}

async function writeOff(id: string, options: WriteOffOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { client, podkeeper } = await openSession(options, surroundings);
  const pod = podkeeper.get(id);
  const { isOpen, claim } = await pod.info();
  if (!isOpen) throw new CliFailure('conflict', `nothing to write off: claim ${id} has ended`);
  if (claim === null) throw new CliFailure('unreachable', await unansweredMessage(client, podkeeper));
  const debts = debtLines(claim, Date.now());
  if (debts.length === 0) {
    const remedy = claim.phase === 'ending' ? 'wait for its end' : `end it first with 'podkeeper terminate ${id}'`;
    throw new CliFailure(
      'conflict',
      `nothing to write off: claim ${id} is ${claim.phase} and has no open debt; ${remedy}`,
    );
  }
  output.say(
    `These may still cost money, since they aren't proven gone:\n${debts.map((line) => `  ${line}`).join('\n')}`,
  );
  if (options.yes !== true) await confirm(id);
  const by = options.by ?? userName(surroundings.env);
  const report = await pod.writeOff({ by, reason: options.reason });
  output.result(report, () => describeReport(report, Date.now()));
}

async function confirm(id: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CliFailure(
      'usage',
      "a write-off needs a person's confirmation: add --yes if you are sure that nothing costs money any more",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Podkeeper will stop trying to end these pods. Type the claim's id to confirm: `,
    );
    if (answer.trim() !== id) throw new CliFailure('usage', 'nothing was written off: the typed text is not the id');
  } finally {
    terminal.close();
  }
}
