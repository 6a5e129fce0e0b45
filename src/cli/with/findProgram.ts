import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { CliFailure } from '../failure';

/**
 * Finds the program of a command, as a shell would, so that no pod is rented for one that can't run.
 *
 * @returns its path.
 * @throws CliFailure `withNotFound` or `withNotExecutable`, the shell's 127 and 126.
 */
export function findProgram(program: string, env: NodeJS.ProcessEnv, cwd: string): string {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env['PATH'] ?? '').split(delimiter).map((directory) => join(directory === '' ? cwd : directory, program));
  const files = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true);
  const found = files.find(isExecutable);
  if (found !== undefined) return found;
  if (files[0] !== undefined) {
    throw new CliFailure(
      'withNotExecutable',
      `${files[0]} is not executable: make it so, or name its interpreter. No pod was rented`,
    );
  }
  throw new CliFailure(
    'withNotFound',
    `the command '${program}' was not found: check its name and PATH. No pod was rented`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
