import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two texts in a time that reveals neither where they differ nor how long they are. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

/** Tells whether a text has this SHA-256, in a time that doesn't reveal where they differ. */
export function hasDigest(text: string, digest: Uint8Array): boolean {
  return timingSafeEqual(sha256(text), digest);
}

/** The SHA-256 of a text's UTF-8 bytes: 32 bytes. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
