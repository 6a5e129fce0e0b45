import { PodkeeperError } from '../../model';
import type { ErrorKind } from '../../model';

/** @throws PodkeeperError always: refused, naming the field. */
export function refuse(kind: ErrorKind, path: string, message: string): never {
  throw new PodkeeperError(kind, `${path}: ${message}`, {
    provider: 'runpod',
    refused: true,
    details: [{ path, message }],
  });
}
