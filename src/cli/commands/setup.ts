import type { Command } from 'commander';
import { registerSearchAttributes } from '../../client/registerSearchAttributes';
import { openSession } from '../session';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';

/** `podkeeper setup`: registers the search attributes that Temporal needs to filter claims. */
export function setupCommand(surroundings: CommandSurroundings): Command {
  return command('setup', "register Podkeeper's search attributes in Temporal, once per namespace", {
    json: 'print one JSON document',
    examples: [['podkeeper setup --profile prod', 'in the namespace of this profile']],
  }).action((options: SharedOptions) => setup(options, surroundings));
}

async function setup(options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { client, target } = await openSession(options, surroundings);
  const { namespace } = target;
  const { added, present } = await registerSearchAttributes(client.connection, namespace);
  const address = target.connection.address;
  output.result({ address, namespace, searchAttributes: { added, present } }, () => {
    const where = `in namespace ${namespace} at ${address}`;
    if (added.length === 0) return `nothing to do: the search attributes are already registered ${where}`;
    return `search attributes registered ${where}: ${added.join(', ')}${present.length === 0 ? '' : ` (already there: ${present.join(', ')})`}`;
  });
}
