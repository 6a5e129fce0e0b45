import type { Podkeeper } from '../client';
import { isPodkeeperError } from '../model';
import type { PodSpecInput } from '../schema';

/**
 * Refuses, before anything is started, what a worker would refuse. Where none answers, nothing is refused: the claim is, when there is one.
 *
 * @throws PodkeeperError `validation` or `unsupported`
 */
export async function refuseUnrentable(spec: PodSpecInput, podkeeper: Pick<Podkeeper, 'plan'>): Promise<void> {
  try {
    await podkeeper.plan(spec, { brief: true });
  } catch (error) {
    // Any other failure says nothing of the spec.
    if (isPodkeeperError(error) && (error.kind === 'validation' || error.kind === 'unsupported')) throw error;
  }
}
