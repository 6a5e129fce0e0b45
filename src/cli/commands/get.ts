import type { Command } from 'commander';
import { describeClaim } from '../claimText';
import { openSession } from '../session';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';

/** `podkeeper get`: everything known about a claim. */
export function getCommand(surroundings: CommandSurroundings): Command {
  return command('get', 'show a claim: phase, endpoints, deadlines, cost, attempts', {
    json: 'print one JSON document',
    examples: [['podkeeper get render-42 --json', 'for programs']],
  })
    .argument('<id>', "the claim's id")
    .action((id: string, options: SharedOptions) => get(id, options, surroundings));
}

async function get(id: string, options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const { podkeeper } = await openSession(options, surroundings);
  const info = await podkeeper.get(id).info();
  new Output(surroundings, options.json === true).result(info, () => describeClaim(info, Date.now()));
}
