import type { PodHandle, PodInfo, Podkeeper } from '../client';
import { isPodkeeperError } from '../model';
import type { HealthyPod } from '../model';
import type { PodSpecInput } from '../schema';
import { CliFailure } from './failure';

/**
 * Refuses a spec before anything is started, if a worker would refuse it. If no worker answers, the workflow refuses it later.
 *
 * @throws PodkeeperError `validation` or `unsupported`
 */
export async function refuseUnrentable(spec: PodSpecInput, podkeeper: Pick<Podkeeper, 'plan'>): Promise<void> {
  try {
    await podkeeper.plan(spec, { brief: true });
  } catch (error) {
    // Other errors say nothing about the spec.
    if (isPodkeeperError(error) && (error.kind === 'validation' || error.kind === 'unsupported')) throw error;
  }
}

/**
 * Returns the claim's healthy pod.
 *
 * @throws PodkeeperError `validation` or `unsupported` if the worker refused the spec; CliFailure `failed` if the claim ended otherwise.
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
    throw new CliFailure('failed', `the pod did not become healthy: ${error.message}`, {
      kind: error.kind,
      cause: error,
    });
  }
}
