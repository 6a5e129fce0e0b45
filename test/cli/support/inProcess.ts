import { run } from '../../../src/cli/program';

/** The output of a command that ran in this process. */
export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `podkeeper` in this process, without the user's environment. */
export async function podkeeper(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = '/nowhere'): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const code = await run(args, {
    env: { PODKEEPER_HOME: '/nowhere', TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', ...env },
    cwd,
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}
