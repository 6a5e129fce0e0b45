import { hostname } from 'node:os';
import { PLAIN_ENCODING } from '../model';

/**
 * A worker's identity: as the SDK's default, `17@render-3`; with a payload codec `17@render-3 (binary/encrypted)`, so that clients can
 * check it before they start anything.
 */
export function workerIdentity(encoding: string): string {
  const name = `${process.pid}@${hostname()}`;
  return encoding === PLAIN_ENCODING ? name : `${name} (${encoding})`;
}

/** Parses the host and the encoding from a worker's identity. */
export function readIdentity(identity: string): { host: string; encoding: string } {
  const [, name = identity, encoding = PLAIN_ENCODING] = /^(.*?)(?: \(([^()]+)\))?$/.exec(identity) ?? [];
  return { host: name.slice(name.indexOf('@') + 1), encoding };
}
