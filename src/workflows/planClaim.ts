import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Plan, PlanInput } from '../model';
import { planning } from './proxies';

/**
 * Plans a claim on a worker, which alone knows its accounts. Fails as an admission would, with the same message. Starts and rents nothing.
 */
export async function planClaim(input: PlanInput): Promise<Plan> {
  try {
    return await planning().planClaim(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) throw error;
    const { type, message, details } = error.cause;
    throw ApplicationFailure.create({ type: type ?? 'unknown', message, nonRetryable: true, details: details ?? [] });
  }
}
