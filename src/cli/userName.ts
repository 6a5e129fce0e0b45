import { userInfo } from 'node:os';

/** Who runs this, for reports. */
export function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return env['USER'] || 'unknown';
  }
}
