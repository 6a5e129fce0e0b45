import { createHash } from 'node:crypto';
import { LIFE_LENGTH, CONTROL_PLANE_LENGTH } from '../model';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 4 characters for a Temporal namespace, from its id: a namespace of the same name elsewhere is another control plane. */
export function controlPlaneOf(namespaceId: string): string {
  return hashed(namespaceId, CONTROL_PLANE_LENGTH);
}

/** 6 characters for a life, from its first run id; hashed, since these ids begin with a clock. */
export function lifeOf(firstRunId: string): string {
  return hashed(firstRunId, LIFE_LENGTH);
}

function hashed(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest();
  // Five bits of each byte: 256 is a multiple of 32, so that every character is as likely as any other.
  return Array.from(digest.subarray(0, length), (byte) => BASE32[byte % 32]).join('');
}
