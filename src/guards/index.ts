import { PodkeeperError } from '../model';
import type { GuardDependencies } from './finding';
import { raiseAlarms } from './raiseAlarms';
import { runGuards } from './runGuards';

export type { GuardDependencies } from './finding';

/** Raises alarms for the guards' findings, unless it is stopped meanwhile. Does not reject. */
export async function report(dependencies: GuardDependencies, signal: AbortSignal): Promise<void> {
  const findings = await runGuards(dependencies, signal);
  if (!signal.aborted) raiseAlarms(findings, dependencies.identity.deployment);
}

/** @throws PodkeeperError `conflict`, naming all findings */
export async function refuse(dependencies: GuardDependencies): Promise<void> {
  const findings = await runGuards(dependencies);
  if (findings.length === 0) return;
  const said = findings.map(({ message }) => message).join('; ');
  throw new PodkeeperError('conflict', `the worker does not start in strict mode: ${said}`, {
    details: findings,
  });
}
