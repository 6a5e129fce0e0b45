import type { PortRequest } from '../../model';
import type { FakeCloudSettings } from './options';

/** An internal address (RFC 6598). */
export const INTERNAL_NETWORK = '100.65.0.2';

/** The public address of a pod's TCP port: a test's real server, or an address for documentation (RFC 5737), which can't be reached. */
export function publicAddress(
  pod: { id: string; name: string },
  port: PortRequest,
  endpoints: FakeCloudSettings['endpoints'],
): { host: string; port: number } {
  const named = endpoints({ id: pod.id, name: pod.name }, { ...port });
  if (named !== undefined) return { host: named.host, port: named.port };
  const number = hashOf(`${pod.id}/${port.port}`);
  return { host: `203.0.113.${1 + (hashOf(pod.id) % 254)}`, port: 10_000 + (number % 40_000) };
}

/** FNV-1a, 32 bits: stable between runs. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}
