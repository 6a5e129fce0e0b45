import { createHash } from 'node:crypto';

/**
 * The identity of an account that has no id of its own: a digest of all that says which account it is, one of which may be its key. It is written into
 * histories; of a key as random as the clouds make them, nothing can be found out from it.
 */
export function identityFrom(provider: string, ...parts: string[]): string {
  return `${provider}:${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}`;
}
