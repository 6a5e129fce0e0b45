import type { Command } from 'commander';
import { isUnreadable } from '../../client/unreadable';
import { messageOf } from '../../model';
import { openSession } from '../session';
import { CliFailure } from '../failure';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { formatDistance, formatMoment } from '../text';

/** `podkeeper touch`: renews a claim's lease. */
export function touchCommand(surroundings: CommandSurroundings): Command {
  return command('touch', "renew a claim's lease: its idle time starts again", {
    json: 'print one JSON document',
    examples: [['podkeeper touch render-42', 'restarts the idle time']],
  })
    .argument('<id>', "the claim's id")
    .action((id: string, options: SharedOptions) => touch(id, options, surroundings));
}

async function touch(id: string, options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const { podkeeper } = await openSession(options, surroundings);
  const result = await podkeeper
    .get(id)
    .touch()
    .catch((error: unknown) => {
      if (!isUnreadable(error)) throw error;
      throw new CliFailure('failed', `${id} was touched, but its new deadline can't be decoded. ${messageOf(error)}`, {
        cause: error,
      });
    });
  new Output(surroundings, options.json === true).result({ id, ...result }, () => {
    const { idleDeadline, lifetimeDeadline } = result;
    const at = (iso: string) => `${formatMoment(iso)} (${formatDistance(iso, Date.now())})`;
    return idleDeadline === null
      ? `${id} has no idle deadline; it ends at ${at(lifetimeDeadline)}`
      : `${id} ends at ${at(idleDeadline)} unless touched again, at the latest at ${at(lifetimeDeadline)}`;
  });
}
