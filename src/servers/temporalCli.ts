import { join } from 'node:path';
import { messageOf } from '../model';
import { findOnPath } from './command';
import type { Installer, Tools } from './kinds';

// `go install` refuses later tags of this module: their go.mod has replace directives.
const CLI_VERSION = 'v1.5.1';
const CLI_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;
const BUILD_LIMIT_MS = 30 * 60_000;
const VERSION_LIMIT_MS = 30_000;

/** Builds Temporal's CLI, which contains the dev server, from source. */
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
      limitMs: BUILD_LIMIT_MS,
    });
    const version = await serverVersionOfCli(join(directory, 'temporal'), tools);
    return { way: 'go', executable: 'temporal', version };
  },
};

/**
 * The version of the server in a Temporal CLI, for instance `1.29.1`; `undefined` if the CLI doesn't state it. Rejects if the executable is not a
 * Temporal CLI. The CLI's own version is not used: it is meaningless in one built with Go.
 */
export async function serverVersionOfCli(path: string, tools: Tools): Promise<string | undefined> {
  let output: string;
  try {
    output = await tools.run(path, ['--version'], { environment: tools.environment, limitMs: VERSION_LIMIT_MS });
  } catch (error) {
    throw new Error(`"${path} --version" failed: ${messageOf(error)}`, { cause: error });
  }
  if (!/^temporal version /m.test(output)) {
    throw new Error(`"${path} --version" doesn't answer as the Temporal CLI does`);
  }
  return /\(Server ([^,)]+)/.exec(output)?.[1];
}
