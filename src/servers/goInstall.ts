import { join } from 'node:path';
import { serverVersionOfCli } from './cliVersion';
import { findOnPath } from './executables';
import type { Installer } from './installer';

// Later tags of this module can't be installed by `go install`: their go.mod holds replace directives.
const CLI_VERSION = 'v1.5.1';
const CLI_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;
const LIMIT_MS = 30 * 60_000;

/** Builds Temporal's CLI, which holds the dev server, from its source. */
export const goInstall: Installer = {
  way: 'go',
  origin: `go-${CLI_VERSION}`,
  title: `go install ${CLI_PACKAGE}`,
  step: "Building Temporal's dev server with go install (about 3 minutes on 2 cores, once)",

  async missing({ environment }) {
    return (await findOnPath('go', environment)) === undefined ? 'there is no "go" on PATH' : undefined;
  },

  async build(directory, tools) {
    // With GOBIN set, Go refuses to install for another platform than its own.
    const { GOOS: _os, GOARCH: _architecture, ...environment } = tools.environment;
    await tools.run('go', ['install', CLI_PACKAGE], {
      directory,
      environment: { ...environment, GOBIN: directory },
      limitMs: LIMIT_MS,
    });
    const version = await serverVersionOfCli(join(directory, 'temporal'), tools);
    return { way: 'go', executable: 'temporal', version };
  },
};
