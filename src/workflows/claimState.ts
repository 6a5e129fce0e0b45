import { newAttempts } from './attempts';
import type { AttemptsState } from './attempts';
import { newCourse } from './course';
import type { CourseState } from './course';
import { newDebts } from './debtBook';
import type { DebtsState } from './debtBook';
import { newJournal } from './journal';
import type { JournalState } from './journal';
import { newLease } from './lease';
import type { LeaseState } from './lease';
import { newProcurement } from './procurement';
import type { ProcurementState } from './procurement';
import { newTenancy } from './tenancy';
import type { TenancyState } from './tenancy';
import { newTerms } from './terms';
import type { TermsState } from './terms';

/** The whole state of a claim: plain JSON that continue-as-new passes on. Times are ms since 1970. Each part belongs to the module that is named like it. */
export interface ClaimState {
  /** Of this form. A release that changes the form reads the earlier ones. */
  version: 1;
  terms: TermsState;
  course: CourseState;
  journal: JournalState;
  attempts: AttemptsState;
  procurement: ProcurementState;
  tenancy: TenancyState;
  debts: DebtsState;
  lease: LeaseState;
}

/** The state of a claim before its first task. */
export function newClaimState(deployment: string, claim: string, claimedAt: number): ClaimState {
  return {
    version: 1,
    terms: newTerms(deployment, claim, claimedAt),
    course: newCourse(),
    journal: newJournal(),
    attempts: newAttempts(),
    procurement: newProcurement(),
    tenancy: newTenancy(),
    debts: newDebts(),
    lease: newLease(),
  };
}
