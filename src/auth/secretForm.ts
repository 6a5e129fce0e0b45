import { PodkeeperError } from '../model';

/** In bytes, which equal characters here. As long as the output of the hash; a shorter secret would be the weakest link. */
export const SHORTEST_SECRET = 32;
const LONGEST_SECRET = 1_024;
/** Fewer different characters than any 32 random ones have, even hexadecimal digits. */
const FEWEST_CHARACTERS = 8;
/** Visible ASCII without the characters that have a meaning in an environment file or a list of versions. */
const CHARACTERS = /^[!#$%&()*+./0-9;<=>?@A-Z[\]^_`a-z{|}~-]*$/;

export const MAKE_ONE = 'make one with: openssl rand -hex 32';

/**
 * Checks one secret, and never shows it.
 *
 * @throws PodkeeperError `validation`, naming the source
 */
export function checkSecret(source: string, secret: unknown): string {
  if (typeof secret !== 'string') throw new PodkeeperError('validation', `${source}: must be a text; ${MAKE_ONE}`);
  const weakness = weaknessOf(secret);
  if (weakness === undefined) return secret;
  throw new PodkeeperError('validation', `${source}: ${weakness}; ${MAKE_ONE}`);
}

/** Explains why a text can't be a secret, without showing any of it; `undefined` when it can. */
export function weaknessOf(secret: string): string | undefined {
  if (!CHARACTERS.test(secret)) {
    return "holds a character that a secret can't have: use visible ASCII without spaces, quotes, backslashes, ',' and ':'";
  }
  if (secret.length < SHORTEST_SECRET)
    return `is too short: ${secret.length} characters, at least ${SHORTEST_SECRET} are needed`;
  if (secret.length > LONGEST_SECRET) return `is too long: at most ${LONGEST_SECRET} characters`;
  if (new Set(secret).size < FEWEST_CHARACTERS || repeatsItself(secret)) {
    return 'is too easy to guess: it repeats itself';
  }
  return undefined;
}

function repeatsItself(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}
