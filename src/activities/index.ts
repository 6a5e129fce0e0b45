import { ApplicationFailure } from '@temporalio/activity';
import { PodkeeperError, isPodkeeperError, messageOf } from '../model';
import type { PlanActivities, PodActivities, SweepActivities } from '../model';
import type { Account } from '../accounts';
import type { AdmitDependencies } from './admit';
import { createPod } from './create';
import type { CreateDependencies } from './create';
import { endPods } from './end';
import { explainBoot } from './explain';
import { locateLife, locatePod } from './locate';
import { admitByCatalogue, planClaim } from './plan';
import { observePod, watchPod } from './poll';
import { reapPods } from './reap';
import { surveyPods } from './survey';
import type { SweepDependencies } from './survey';

export type { AdmitDependencies } from './admit';
export type { CreateDependencies } from './create';
export { lifeOf, controlPlaneOf } from './identity';
export { textOf } from './providerCall';
export { SECRET_PREFIX, secretsFrom } from './secrets';
export type { SecretSource } from './secrets';
export { blindnessOf } from './survey';
export type { SweepDependencies } from './survey';

/** The dependencies of the activities. */
export type ActivityDependencies = AdmitDependencies & CreateDependencies;

/** The dependencies of the reaper's activities. */
export type SweepActivityDependencies = SweepDependencies & Pick<AdmitDependencies, 'accounts'>;

/** Creates the activities of `podLifecycle`. */
export function createPodActivities(dependencies: ActivityDependencies): PodActivities {
  const account = (name: string): Account => accountOf(name, dependencies);
  return {
    admitClaim: (input) => admitByCatalogue(input, dependencies).catch(failAdmission),
    createPod: (input) => createPod(account(input.account), input, dependencies),
    locatePod: (input) => locatePod(account(input.account), input),
    locateLife: (input) => locateLife(account(input.account), input),
    observePod: (input) => observePod(account(input.account), input, dependencies.tokenSecrets),
    explainBoot: (input) => explainBoot(account(input.account), input, dependencies),
    watchPod: (input) => watchPod(account(input.account), input),
    endPods: (input) => endPods(account(input.account), input),
  };
}

/** Creates the activity of `planClaim`. */
export function createPlanActivities(dependencies: AdmitDependencies): PlanActivities {
  return { planClaim: (input) => planClaim(input, dependencies).catch(failAdmission) };
}

/** Creates the activities of `sweepAccount`. */
export function createSweepActivities(dependencies: SweepActivityDependencies): SweepActivities {
  return {
    surveyPods: (input) => surveyPods(accountOf(input.account, dependencies), input, dependencies),
    reapPods: (input) => reapPods(accountOf(input.account, dependencies), input, dependencies),
  };
}

function accountOf(name: string, { accounts }: Pick<AdmitDependencies, 'accounts'>): Account {
  const found = accounts.get(name);
  if (found !== undefined) return found;
  const message = `this worker has no account ${name}, though it polls its queue`;
  throw ApplicationFailure.create({ type: 'validation', message });
}

/** No retry cures an invalid spec. */
function failAdmission(error: unknown): never {
  const known = isPodkeeperError(error) ? error : new PodkeeperError('unknown', messageOf(error), { cause: error });
  throw ApplicationFailure.create({
    type: known.kind,
    message: known.message,
    nonRetryable: isPodkeeperError(error),
    ...(known.details === undefined ? {} : { details: [known.details] }),
  });
}
