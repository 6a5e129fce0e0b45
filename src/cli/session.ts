import type { Client } from '@temporalio/client';
import type { Podkeeper } from '../client';
import { loadConnection } from './onDemand';
import type { Surroundings } from './output';
import type { Target, TargetOptions } from './target';

/** A command's connection to Temporal. */
export interface Session {
  podkeeper: Podkeeper;
  client: Client;
  target: Target;
}

/**
 * Connects to the targeted Temporal. The connection is never closed: closing it during a call raises an error that can't be caught and ends the process.
 *
 * @throws CliFailure `unreachable`, with the address and a remedy; and the errors of `findTarget`.
 */
export async function openSession(
  options: TargetOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd' | 'stderr'>,
): Promise<Session> {
  return await loadConnection().connect(options, surroundings);
}
