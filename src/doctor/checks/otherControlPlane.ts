import { listNames } from '../../model';
import { broken, holds } from '../finding';
import type { Check } from '../finding';
import { counted, forEachSurvey } from './subjects';

/** Two installations of one name can't tell people which pods are whose. */
export const otherControlPlane: Check = {
  name: 'other-control-plane',
  meaning: 'no other Temporal has a deployment of our name on the account',
  wayOut: 'give one of the two deployments another name, or end by hand what a lost Temporal left behind',
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts, otherControlPlane: names }, { account }) => {
      const count = counts.other_control_plane;
      if (count === 0) return [holds(account, 'none')];
      return [
        broken(
          account,
          `${counted(count, 'pod')} of deployment ${facts.deployment} on another Temporal: ${listNames(names)}`,
        ),
      ];
    }),
};
