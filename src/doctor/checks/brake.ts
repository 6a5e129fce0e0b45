import { brakeOf } from '../../model';
import { broken, holds } from '../finding';
import type { Check } from '../finding';
import { forEachSurvey } from './subjects';

/** The reaper stops itself when most pods of an account have lost their workflows. */
export const brake: Check = {
  name: 'brake',
  meaning: 'the reaper is not holding back because most pods of the account have no workflow',
  wayOut:
    "check that namespace and deployment are the right ones and that workflows are not deleted while claims live; end by hand the pods that are really nobody's",
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, (survey, { account }) => {
      const why = brakeOf(survey);
      return [why === null ? holds(account, 'off') : broken(account, `on: ${why}`)];
    }),
};
