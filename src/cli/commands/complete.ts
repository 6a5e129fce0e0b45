import { setTimeout as delay } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { openSession } from '../connection';
import type { CommandSurroundings } from '../output';

/** For how long somebody who has pressed Tab waits, ms. */
const PATIENCE_MS = 2_000;
/** More than these nobody reads. */
const MOST_CLAIMS = 200;

/** `podkeeper __complete claims`: the ids of the open claims, a line each, for completion scripts. Says nothing where it knows nothing. */
export function completeCommand(surroundings: CommandSurroundings): Command {
  return new Command('__complete').addArgument(new Argument('<what>').choices(['claims'])).action(async () => {
    const ids = await Promise.race([openClaims(surroundings).catch(() => []), delay(PATIENCE_MS, [])]);
    for (const id of ids) surroundings.stdout.write(`${id}\n`);
  });
}

async function openClaims(surroundings: CommandSurroundings): Promise<string[]> {
  const { podkeeper } = await openSession({}, surroundings);
  const ids: string[] = [];
  for await (const { id } of podkeeper.list()) {
    ids.push(id);
    if (ids.length === MOST_CLAIMS) break;
  }
  return ids;
}
