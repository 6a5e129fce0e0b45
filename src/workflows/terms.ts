import { workflowInfo } from '@temporalio/workflow';
import { accountsOf, lifePrefix, lifetimeDeadline, offerOn, settingsOfAccount, startupDeadline } from '../model';
import type { Admission, Settings } from '../model';
import { keepCalls } from './proxies';

/** What a claim is and what was agreed when it was admitted. */
export interface TermsState {
  deployment: string;
  claim: string;
  /** ms since 1970. */
  claimedAt: number;
  /** `null` until it is admitted. */
  admission: Admission | null;
  /** Whether a reset made this run, or one that it continues. What the previous run did after that point is unknown. */
  wasReset: boolean;
}

export function newTerms(deployment: string, claim: string, claimedAt: number): TermsState {
  return { deployment, claim, claimedAt, admission: null, wasReset: false };
}

/** The terms of a claim, and what follows from them. */
export class Terms {
  private readonly state: TermsState;

  constructor(state: TermsState) {
    this.state = state;
    if (this.isReset) state.wasReset = true;
  }

  get deployment(): string {
    return this.state.deployment;
  }

  get claim(): string {
    return this.state.claim;
  }

  /** ms since 1970. */
  get claimedAt(): number {
    return this.state.claimedAt;
  }

  get isAdmitted(): boolean {
    return this.state.admission !== null;
  }

  /** @throws Error before the admission */
  get admission(): Admission {
    if (this.state.admission === null) throw new Error('the claim has not been admitted yet');
    return this.state.admission;
  }

  admit(admission: Admission): void {
    this.state.admission = admission;
  }

  /** What the names of all its pods begin with. */
  get prefix(): string {
    return lifePrefix(this.admission.name);
  }

  /** ms since 1970. */
  get lifetimeDeadline(): number {
    return lifetimeDeadline(this.claimedAt, this.admission);
  }

  /** ms since 1970. */
  get startupDeadline(): number {
    return startupDeadline(this.claimedAt, this.admission);
  }

  /** The accounts of its offers. */
  get accounts(): string[] {
    return accountsOf(this.admission);
  }

  /** The settings of one of its accounts. */
  settingsOf(account: string): Settings {
    return settingsOfAccount(this.admission, account);
  }

  /** The provider of one of its accounts. */
  providerOf(account: string): string {
    return offerOn(this.admission, account).provider;
  }

  /** The calls to one of its accounts. */
  callsTo(account: string): ReturnType<typeof keepCalls> {
    return keepCalls({ deployment: this.deployment, account }, this.settingsOf(account));
  }

  /** Whether a reset made this run. The records lack what the previous run created or was creating; the names of the life are the same. */
  get isReset(): boolean {
    const { runId, originalExecutionRunId } = workflowInfo();
    return runId !== originalExecutionRunId;
  }
}
