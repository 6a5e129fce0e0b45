import { setTimeout as delay } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { openSession } from '../session';
import type { CommandSurroundings } from '../output';

/** The shell waits for the answer while the user has Tab pressed, ms. */
const ANSWER_LIMIT_MS = 2_000;
const MAX_CLAIMS = 200;

/** `podkeeper __complete claims`: prints the ids of open claims, one per line, for completion scripts. Prints nothing if Temporal doesn't answer. */
export function completeCommand(surroundings: CommandSurroundings): Command {
  return new Command('__complete').addArgument(new Argument('<what>').choices(['claims'])).action(async () => {
    const ids = await Promise.race([openClaims(surroundings).catch(() => []), delay(ANSWER_LIMIT_MS, [])]);
    for (const id of ids) surroundings.stdout.write(`${id}\n`);
  });
}

async function openClaims(surroundings: CommandSurroundings): Promise<string[]> {
  const { podkeeper } = await openSession({}, surroundings);
  const ids: string[] = [];
  for await (const { id } of podkeeper.list()) {
    ids.push(id);
    if (ids.length === MAX_CLAIMS) break;
  }
  return ids;
}
