import type { CheckId } from '../checks';
import { BOUNDS } from './bounds';
import { CATALOGUE } from './catalogue';
import type { RunCheck } from './checksOf';
import { CREATE } from './create';
import { ENDS } from './ends';
import { ERRORS } from './errors';
import { IDENTITY } from './identity';
import { JOBS } from './jobs';
import { LISTS } from './lists';
import { LOGS } from './logs';
import { PODS } from './pods';
import { SECRETS } from './secrets';

/** The implementation of each check. */
export const RUNS: Readonly<Record<CheckId, RunCheck>> = {
  ...IDENTITY,
  ...PODS,
  ...LISTS,
  ...CREATE,
  ...ENDS,
  ...ERRORS,
  ...JOBS,
  ...CATALOGUE,
  ...LOGS,
  ...SECRETS,
  ...BOUNDS,
};
