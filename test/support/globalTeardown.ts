import type { DevServer } from '../../src/servers';

declare global {
  /** The run's dev server, handed from jest's global set-up to its tear-down; both run in the same process. */
  var podkeeperTestServer: DevServer | undefined;
}

const EXIT_LIMIT_MS = 20_000;

export default async function globalTeardown(run: { watch: boolean; watchAll: boolean }): Promise<void> {
  // Its state is in memory, so there is nothing that a slower end could save.
  await globalThis.podkeeperTestServer?.kill();
  if (!run.watch && !run.watchAll) {
    failIfHanging();
  }
}

/** An open test environment keeps jest from ending when tests run in its own process: then the run fails instead. */
function failIfHanging(): void {
  setTimeout(() => {
    process.stderr.write(
      'Something a test left open (a Temporal worker, a connection, a server) keeps jest from ending.\n',
    );
    process.exit(1);
  }, EXIT_LIMIT_MS).unref();
}
