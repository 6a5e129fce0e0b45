import type { Command } from 'commander';
import { authorizationHeader, tokenSecretsFrom } from '../../auth';
import { PodkeeperError } from '../../model';
import { openSession } from '../session';
import { CliFailure } from '../failure';
import { withNotes } from '../help';
import { loadClient } from '../onDemand';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';

interface TokenOptions extends SharedOptions {
  header?: boolean;
  show?: boolean;
}

const NOTES = `The token is derived from PODKEEPER_TOKEN_SECRET, which must be the worker's.`;

/** `podkeeper token`: prints the bearer token of a claim's pod. */
export function tokenCommand(surroundings: CommandSurroundings): Command {
  const token = command('token', "print the bearer token of a claim's pod", {
    json: 'print one JSON document',
    examples: [
      ['TOKEN=$(podkeeper token render-42)', 'the token only'],
      ['curl -H "$(podkeeper token render-42 --header)" "$URL"', 'as a header'],
    ],
  })
    .argument('<id>', "the claim's id")
    .option('--header', "print a complete header, 'Authorization: Bearer …'")
    .option('--show', 'print it also on a terminal, which others may see')
    .action((id: string, options: TokenOptions) => print(id, options, surroundings));
  return withNotes(token, NOTES);
}

async function print(id: string, options: TokenOptions, surroundings: CommandSurroundings): Promise<void> {
  if (surroundings.stdout.isTTY === true && options.show !== true) {
    throw new CliFailure(
      'usage',
      'the token is not printed on a terminal: use "$(podkeeper token …)" or a pipe, or add --show',
    );
  }
  const tokenSecret = tokenSecretsFrom(surroundings.env);
  if (tokenSecret === undefined) {
    throw new PodkeeperError('validation', "PODKEEPER_TOKEN_SECRET is not set: set it to the worker's value");
  }
  const { Podkeeper } = loadClient();
  const session = await openSession(options, surroundings);
  const { deployment } = session.podkeeper;
  const pod = new Podkeeper({ client: session.client, deployment, tokenSecret }).get(id);
  const bearer = await pod.token();
  const authorization = authorizationHeader(bearer);
  new Output(surroundings, options.json === true).result({ id, token: bearer, authorization }, () =>
    options.header === true ? `Authorization: ${authorization}` : bearer,
  );
}
