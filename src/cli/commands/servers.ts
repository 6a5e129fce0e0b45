import { Argument, Command } from 'commander';
import {
  type EnsuredServer,
  ensureServers,
  KIND_FACTS,
  progressPrinter,
  SERVER_KINDS,
  type ServerKind,
  type ServerWay,
} from '../../servers';
import { withExamples } from '../help';
import { table } from '../text';

/** `podkeeper servers`: finds or installs Temporal's servers and prints where each came from. */
export function serversCommand(): Command {
  const servers = new Command('servers')
    .description("find or install Temporal's dev server and time-skipping test server")
    .addArgument(new Argument('[kind]', 'only this server').choices(SERVER_KINDS))
    .option('--json', 'print one JSON document')
    .action(async (kind: ServerKind | undefined, options: { json?: boolean }) => {
      const kinds = kind === undefined ? SERVER_KINDS : [kind];
      const ensured = await ensureServers(progressPrinter(process.stderr), { kinds });
      process.stdout.write(
        options.json === true ? `${JSON.stringify(ensured, undefined, 2)}\n` : table(rowsOf(ensured)),
      );
      for (const { error } of ensured) {
        if (error !== undefined) {
          process.stderr.write(`${error}\n`);
          process.exitCode = 1;
        }
      }
    });
  return withExamples(servers, [['podkeeper servers dev --json', 'only the dev server']]);
}

function rowsOf(ensured: readonly EnsuredServer[]): string[][] {
  return ensured.flatMap(({ server }) =>
    server === undefined
      ? []
      : [[KIND_FACTS[server.kind].title, server.version ?? 'unknown', ORIGINS[server.way], server.path]],
  );
}

const ORIGINS: Record<ServerWay, string> = {
  given: 'as given',
  path: 'from PATH',
  cache: 'from cache',
  download: 'downloaded',
  go: 'built by go install',
  maven: 'fetched by Maven',
};
