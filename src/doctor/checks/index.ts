import type { Check } from '../finding';
import { brake } from './brake';
import { debts } from './debts';
import { foreign } from './foreign';
import { keys } from './keys';
import { lanes } from './lanes';
import { lastSweep } from './lastSweep';
import { money } from './money';
import { otherControlPlane } from './otherControlPlane';
import { overdue } from './overdue';
import { ownerless } from './ownerless';
import { reaper } from './reaper';
import { settings } from './settings';
import { stuck } from './stuck';
import { temporal } from './temporal';
import { unjudged } from './unjudged';
import { workers } from './workers';

/** All subjects of the doctor, in the order in which one depends on another. */
export const CHECKS: readonly Check[] = [
  temporal,
  workers,
  lanes,
  keys,
  reaper,
  lastSweep,
  brake,
  ownerless,
  unjudged,
  otherControlPlane,
  foreign,
  money,
  stuck,
  overdue,
  debts,
  settings,
];
