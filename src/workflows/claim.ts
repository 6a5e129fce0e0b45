import { Attempts } from './attempts';
import type { ClaimState } from './claimState';
import { Course } from './course';
import { Debts } from './debts';
import { detailsOf } from './details';
import type { Display } from './display';
import { factsOf } from './info';
import { Journal } from './journal';
import { Lease } from './lease';
import { Procurement } from './procurement';
import { Reader } from './reader';
import { Tenancy } from './tenancy';
import { Terms } from './terms';

/** The modules of a claim. Each changes its own part of the state, and reads the others' through their methods. */
export interface Claim {
  terms: Terms;
  journal: Journal;
  course: Course;
  attempts: Attempts;
  debts: Debts;
  tenancy: Tenancy;
  procurement: Procurement;
  lease: Lease;
}

/** Connects the modules of a claim. */
export function claimOf(state: ClaimState, display: Display): Claim {
  const view = { details: () => detailsOf(state, Date.now()), facts: () => factsOf(state) };
  const terms = new Terms(state.terms);
  const journal = new Journal(state.journal, { terms, display, view });
  const course = new Course(state.course, journal);
  const attempts = new Attempts(state.attempts, terms);
  const reader = new Reader({ course, journal, terms });
  const lease = new Lease(state.lease, { terms, course });
  const debts = new Debts(state.debts, { terms, course, journal, attempts });
  const tenancy = new Tenancy(state.tenancy, { terms, course, journal, attempts, debts, reader });
  const procurement = new Procurement(state.procurement, {
    terms,
    course,
    journal,
    attempts,
    debts,
    reader,
    tenancy,
    lease,
  });
  return { terms, journal, course, attempts, debts, tenancy, procurement, lease };
}
