import { holds } from '../finding';
import type { Check } from '../finding';
import { counted, forEachSurvey } from './subjects';

/** For information: who shares the account. */
export const foreign: Check = {
  name: 'foreign',
  meaning: 'how many pods of others are in the account; they are never touched',
  wayOut: 'nothing to do: this line is for information',
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts }, { account }) => [
      holds(account, `${counted(counts.foreign, 'pod')} of others, left alone`),
    ]),
};
