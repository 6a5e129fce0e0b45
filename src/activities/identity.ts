import { createHash } from 'node:crypto';
import { LIFE_LENGTH, CONTROL_PLANE_LENGTH } from '../model';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Hashes the id of a Temporal namespace to 4 characters. A namespace of the same name elsewhere is another control plane. */
export function controlPlaneOf(namespaceId: string): string {
  return hashed(namespaceId, CONTROL_PLANE_LENGTH);
}

/** Hashes a first run id to the 6 characters of a life. Hashed because these ids begin with a timestamp. */
export function lifeOf(firstRunId: string): string {
  return hashed(firstRunId, LIFE_LENGTH);
}

function hashed(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest();
  // Five bits of each byte. 256 is a multiple of 32, so that all characters are equally likely.
  return Array.from(digest.subarray(0, length), (byte) => BASE32[byte % 32]).join('');
}
