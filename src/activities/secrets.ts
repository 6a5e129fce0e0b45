import { PodkeeperError } from '../model';
import type { PodSpec } from '../model';

/** Where secrets come from: the value of a name, or `undefined`. */
export type SecretSource = (name: string) => string | undefined;

/** The prefix keeps a spec from reading what it should not, a provider's key first of all. */
export const SECRET_PREFIX = 'PODKEEPER_SECRET_';

/** Reads secrets from environment variables: `HF_TOKEN` from `PODKEEPER_SECRET_HF_TOKEN`. */
export function secretsFrom(environment: Record<string, string | undefined>): SecretSource {
  return (name) => environment[`${SECRET_PREFIX}${name}`];
}

/** Puts the secrets of a spec's `env` in place. @throws PodkeeperError `validation` naming a secret that the worker doesn't have. */
export function resolveEnvironment(env: PodSpec['env'], secrets: SecretSource): Record<string, string> {
  const resolved = Object.entries(env).map(([name, value]): [string, string] => {
    if (typeof value === 'string') return [name, value];
    const found = secrets(value.secret);
    if (found !== undefined) return [name, withoutLineEnd(found)];
    throw new PodkeeperError(
      'validation',
      `env.${name}: the worker has no secret ${value.secret}: set ${SECRET_PREFIX}${value.secret} in its environment`,
    );
  });
  return Object.fromEntries(resolved);
}

/**
 * A token read from a file ends with that file's line break, which would break each HTTP header that it is put into. A value of several lines is kept
 * as it is: a private key needs its last line break.
 */
function withoutLineEnd(value: string): string {
  return value.replace(/^([^\r\n]*)\r?\n$/, '$1');
}

/** Shorter values would be found in every other text, and hide nothing. */
const SHORTEST_HIDDEN = 8;

/** The values in a resolved environment that the spec doesn't hold: its secrets, and what Podkeeper has added. */
export function secretValuesOf(env: PodSpec['env'], resolved: Record<string, string>): string[] {
  return Object.entries(resolved).flatMap(([name, value]) => {
    const isWritten = Object.hasOwn(env, name) && typeof env[name] === 'string';
    return isWritten || value.length < SHORTEST_HIDDEN ? [] : [value];
  });
}
