import { userInfo } from 'node:os';

/** The user's name, for reports. */
export function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // In a container, the user id may have no name.
    return env['USER'] || 'unknown';
  }
}

/** How the user called the program, for commands that we print. npx sets `npm_command` to `exec`. */
export function programCall(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_command'] === 'exec' ? 'npx podkeeper' : 'podkeeper';
}
