import { listNames } from '../../model';
import { broken, holds } from '../finding';
import type { Check } from '../finding';
import { counted, forEachSurvey } from './subjects';

/** A pod without a verdict is never ended. */
export const unjudged: Check = {
  name: 'unjudged',
  meaning: 'Temporal answers for the owner of each pod of ours',
  wayOut:
    "see the workers' connection to Temporal and its namespace; until it answers, these pods are neither cleared nor ended",
  needsWorker: true,
  judge: (facts) =>
    forEachSurvey(facts, ({ counts, rows }, { account }) => {
      if (counts.unknown === 0) return [holds(account, 'every pod of ours has a verdict')];
      const unknown = rows.filter(({ verdict }) => verdict === 'unknown');
      const [first] = unknown;
      const why = first === undefined ? '' : ` (${first.evidence})`;
      return [
        broken(
          account,
          `no verdict on ${counted(counts.unknown, 'pod')}: ${listNames(unknown.map(({ name }) => name))}${why}`,
        ),
      ];
    }),
};
