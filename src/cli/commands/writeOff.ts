import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { unansweredMessage } from '../../client/absentWorkers';
import { debtLines, describeReport } from '../claimText';
import { openSession } from '../connection';
import { CliFailure } from '../failure';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { userName } from '../userName';

interface WriteOffOptions extends SharedOptions {
  reason: string;
  by?: string;
  yes?: boolean;
}

/** `podkeeper write-off`: closes a debt that can't be proven paid. */
export function writeOffCommand(surroundings: CommandSurroundings): Command {
  return command('write-off', 'close an ending claim without proof that its pod is gone, in your name', {
    json: 'print the report',
    examples: [
      ["podkeeper write-off render-42 --reason 'the host is gone'", 'asks before it does so'],
      ["podkeeper write-off render-42 --reason 'account closed' --by ada --yes", 'without asking'],
    ],
  })
    .argument('<id>', "the claim's id")
    .requiredOption('--reason <text>', "why it can't be proven, for the report")
    .option('--by <name>', "who answers for it (default: the name of this system's user)")
    .option('--yes', "don't ask")
    .action((id: string, options: WriteOffOptions) => writeOff(id, options, surroundings));
}

async function writeOff(id: string, options: WriteOffOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { client, podkeeper } = await openSession(options, surroundings);
  const pod = podkeeper.get(id);
  const { isOpen, claim } = await pod.info();
  if (!isOpen) throw new CliFailure('conflict', `nothing to write off: claim ${id} is over`);
  if (claim === null) throw new CliFailure('unreachable', await unansweredMessage(client, podkeeper));
  const debts = debtLines(claim, Date.now());
  if (debts.length === 0) {
    const wayOut = claim.phase === 'ending' ? 'wait for its end' : `end it first: 'podkeeper terminate ${id}'`;
    throw new CliFailure('conflict', `nothing to write off: claim ${id} is ${claim.phase} and owes nothing; ${wayOut}`);
  }
  output.say(`Not proven gone, and so perhaps still billed:\n${debts.map((line) => `  ${line}`).join('\n')}`);
  if (options.yes !== true) await confirm(id);
  const by = options.by ?? userName(surroundings.env);
  const report = await pod.writeOff({ by, reason: options.reason });
  output.result(report, () => describeReport(report, Date.now()));
}

async function confirm(id: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CliFailure(
      'usage',
      "a write-off needs a person's word: add --yes when you are sure that nothing bills any more",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Nobody will end these pods any more. Type the claim's id to go on: `);
    if (answer.trim() !== id) throw new CliFailure('usage', 'nothing was written off: the id was not typed');
  } finally {
    terminal.close();
  }
}
