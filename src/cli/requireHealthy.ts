import type { PodHandle, PodInfo } from '../client';
import { isPodkeeperError } from '../model';
import type { HealthyPod } from '../model';
import { CliFailure } from './failure';

/**
 * The pod of a claim that was waited for.
 *
 * @throws PodkeeperError `validation` or `unsupported` when the worker refused the spec; CliFailure `failed` for any other end.
 */
export async function requireHealthy(pod: PodHandle, { claim }: PodInfo): Promise<HealthyPod> {
  if (claim?.phase === 'healthy' && claim.pod !== null) {
    const { id, name, endpoints, hourlyPrice } = claim.pod;
    return { id, name, endpoints, hourlyPrice };
  }
  try {
    return await pod.healthy();
  } catch (error) {
    if (!isPodkeeperError(error) || ['validation', 'unsupported', 'not_found', 'transport'].includes(error.kind)) {
      throw error;
    }
    throw new CliFailure('failed', `no healthy pod: ${error.message}`, { kind: error.kind, cause: error });
  }
}
