import { PodkeeperError } from '../model';
import type { PodSpec } from '../model';

/** Returns a secret's value by its name; `undefined` if there is none. */
export type SecretSource = (name: string) => string | undefined;

/** The prefix keeps specs from reading anything else, above all a provider's key. */
export const SECRET_PREFIX = 'PODKEEPER_SECRET_';

/** Reads secrets from environment variables: `HF_TOKEN` from `PODKEEPER_SECRET_HF_TOKEN`. */
export function secretsFrom(environment: Record<string, string | undefined>): SecretSource {
  return (name) => environment[`${SECRET_PREFIX}${name}`];
}

/**
 * Resolves the secret references of a spec's `env`.
 *
 * @throws PodkeeperError `validation`, naming a secret that the worker doesn't have
 */
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
 * Removes the line break at the end of a token that was read from a file, which would break every HTTP header. Values of several lines are
 * kept: a private key needs its last line break.
 */
function withoutLineEnd(value: string): string {
  return value.replace(/^([^\r\n]*)\r?\n$/, '$1');
}

/** Shorter values would match parts of ordinary text. */
const SHORTEST_HIDDEN = 8;

/** The values to redact: secrets that `env` resolved, and what Podkeeper added. */
export function secretValuesOf(env: PodSpec['env'], resolved: Record<string, string>): string[] {
  return Object.entries(resolved).flatMap(([name, value]) => {
    const isWritten = Object.hasOwn(env, name) && typeof env[name] === 'string';
    return isWritten || value.length < SHORTEST_HIDDEN ? [] : [value];
  });
}
