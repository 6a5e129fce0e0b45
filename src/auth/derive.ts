import { hkdfSync } from 'node:crypto';

/** The purpose of a derived value. A value derived for one purpose reveals nothing about that for another. */
export type Purpose = 'bearer-token' | 'signing-key';

/** The length of the hash behind it: 256 bits. */
const LENGTH = 32;

/** Derives a pod's value from a secret: 43 characters of base64url, always the same for the same input. */
export function derive(secret: string, purpose: Purpose, podName: string): string {
  return hkdf(Buffer.from(secret), Buffer.alloc(0), Buffer.from(`podkeeper/v1/${purpose}/${podName}`), LENGTH).toString(
    'base64url',
  );
}

/** HKDF with SHA-256, as RFC 5869 defines it; `length` in bytes. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}
