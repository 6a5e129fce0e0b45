import { iso, knownPods } from '../model';
import type {
  AbsenceRow,
  AttemptRecord,
  Debt,
  EndInput,
  EndOutcome,
  EndTarget,
  EndedPod,
  ErrorKind,
  WriteOff,
} from '../model';
import type { Attempts } from './attempts';
import type { Journal } from './journal';
import type { Terms } from './terms';

/** An end that isn't proven yet. */
export interface OpenDebt {
  /** The account that may bill. */
  account: string;
  target: EndTarget;
  reason: EndInput['reason'];
  /** ms since 1970: when it began. */
  since: number;
  /** How many timed alarms were raised. */
  alarmsRaised: number;
  /** Ids of pods whose delete was accepted. */
  accepted: string[];
  /** The consecutive lists in which all pods were missing. */
  absence: AbsenceRow | null;
}

/** What may still bill. */
export interface DebtsState {
  open: OpenDebt[];
  /** The proof that nothing is left on an account, once there is one. */
  evidence: Record<string, string>;
  /** Accounts that had accepted the delete of each known pod after the claim's end, and when, ms since 1970. */
  endAcceptedAt: Record<string, number>;
  writeOff: WriteOff | null;
}

export function newDebts(): DebtsState {
  return { open: [], evidence: {}, endAcceptedAt: {}, writeOff: null };
}

/**
 * The open debts, for people.
 *
 * @param failures the kinds of the alarms that are raised for failing calls, by their source
 */
export function listedDebts({ open }: DebtsState, failures: (source: string) => readonly ErrorKind[]): Debt[] {
  return open.map((debt) => ({
    account: debt.account,
    name: debt.target.kind === 'life' ? `${debt.target.prefix}*` : debt.target.name,
    podIds: knownPods(debt.target).map(({ id }) => id),
    since: iso(debt.since),
    alarms: debt.alarmsRaised + failures(sourceOf(debt)).length,
  }));
}

/** The proof that nothing is left on any account; `null` while there is none. */
export function evidenceIn({ evidence }: Pick<DebtsState, 'evidence'>): string | null {
  const proofs = Object.entries(evidence).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const [only] = proofs;
  if (only === undefined) return null;
  return proofs.length === 1 ? only[1] : proofs.map(([account, proof]) => `${account}: ${proof}`).join('; ');
}

/** When every account that owes something had accepted the deletes, ms since 1970; `null` while one has not. */
export function endAcceptedIn({ endAcceptedAt, open }: Pick<DebtsState, 'endAcceptedAt' | 'open'>): number | null {
  const isPending = open.some(({ account, target }) => target.kind === 'life' && endAcceptedAt[account] === undefined);
  const moments = Object.values(endAcceptedAt);
  return isPending || moments.length === 0 ? null : Math.max(...moments);
}

/** The source of a debt's alarms. */
export function sourceOf({ account, target }: Pick<OpenDebt, 'account' | 'target'>): string {
  const what = target.kind === 'pod' ? target.id : target.kind === 'name' ? target.name : `${target.prefix}*`;
  return `end of ${what} on ${account}`;
}

/** Names a debt's pods, for people. */
export function textOf({ target }: Pick<OpenDebt, 'target'>): string {
  if (target.kind === 'pod') return `pod ${target.id} (${target.name})`;
  if (target.pods.length === 0)
    return target.kind === 'name' ? `pods named ${target.name}` : `pods named ${target.prefix}*`;
  return `pod ${target.pods.map(({ id }) => id).join(', ')}`;
}

/** The records of what may still bill, and what each answer changes in them. */
export class DebtBook {
  private readonly state: DebtsState;
  private readonly terms: Terms;
  private readonly journal: Journal;
  private readonly attempts: Attempts;

  constructor(state: DebtsState, { terms, journal, attempts }: { terms: Terms; journal: Journal; attempts: Attempts }) {
    this.state = state;
    this.terms = terms;
    this.journal = journal;
    this.attempts = attempts;
  }

  get open(): readonly OpenDebt[] {
    return this.state.open;
  }

  isOpen(debt: OpenDebt): boolean {
    return this.state.open.includes(debt);
  }

  add(account: string, target: EndTarget, reason: EndInput['reason']): OpenDebt {
    const debt: OpenDebt = { account, target, reason, since: Date.now(), alarmsRaised: 0, accepted: [], absence: null };
    this.state.open.push(debt);
    this.journal.show();
    return debt;
  }

  /** What the end of the whole life is about on an account; `undefined` when nothing is owed there, or it is open or proven already. */
  lifeTarget(account: string): EndTarget | undefined {
    const { evidence, open } = this.state;
    const owed = this.attempts.owedOn(account);
    const mayOweMore = this.terms.isReset;
    if (owed.length === 0 && !mayOweMore) return undefined;
    const isOpen = open.some((debt) => debt.account === account && debt.target.kind === 'life');
    if (isOpen || evidence[account] !== undefined) return undefined;
    const pods = owed.flatMap(({ podId, name }) => (podId === null ? [] : [{ id: podId, name }]));
    const unknownNames = mayOweMore || owed.some(({ podId }) => podId === null);
    return { kind: 'life', prefix: this.terms.prefix, pods, unknownNames };
  }

  /** Stores the progress of an end before its next call. */
  recordProgress(debt: OpenDebt, outcome: Exclude<EndOutcome, { outcome: 'proven' }>): void {
    debt.accepted = outcome.accepted;
    debt.absence = outcome.absence;
    // Written off during its last try: there is nothing more to report.
    if (!this.isOpen(debt)) return;
    for (const pod of outcome.ended) this.record(debt.account, pod);
    const { target } = debt;
    if (outcome.outcome === 'found') {
      if (target.kind !== 'pod') target.pods.push(...outcome.pods.map(({ id, name }) => ({ id, name })));
      for (const { id, name } of outcome.pods)
        this.journal.log('sibling_found', `pod ${id} (${name}) belongs to this claim too`);
    } else if (outcome.outcome === 'accepted') {
      if (target.kind === 'life') this.state.endAcceptedAt[debt.account] ??= Date.now();
      this.journal.log('delete_accepted', `${textOf(debt)}: the delete was accepted`);
    } else if (outcome.outcome === 'cleared') {
      this.journal.clearAlarms(sourceOf(debt), `the end of ${textOf(debt)}`);
    } else {
      const { account } = debt;
      const message = `${textOf(debt)} can't be ended: ${outcome.message}`;
      this.journal.raiseAlarm({ source: sourceOf(debt), account, kind: outcome.kind, message });
    }
  }

  /** Closes a debt that is proven. */
  settle(debt: OpenDebt, proof: Extract<EndOutcome, { outcome: 'proven' }>): void {
    // Written off during its last try, which stands.
    if (!this.isOpen(debt)) return;
    const { target } = debt;
    // Metered until the proof: a pod may cost money while the lists leave it out.
    const provenAt = iso(Date.now());
    for (const pod of [...knownPods(debt.target), ...proof.ended])
      this.record(debt.account, pod).absentSince ??= provenAt;
    if (target.kind === 'name') this.attempts.resolve(target.name, provenAt, proof.evidence);
    if (target.kind === 'life') {
      for (const attempt of this.attempts.owedOn(debt.account)) attempt.absentSince ??= provenAt;
      this.state.evidence[debt.account] = proof.evidence;
      this.state.endAcceptedAt[debt.account] ??= Date.now();
    }
    this.close(debt);
    this.journal.log('pod_ended', `${textOf(debt)}: ${proof.evidence}`);
  }

  /** Closes all open debts without proof, in a person's name. @returns those debts */
  writeOff(by: string, reason: string): OpenDebt[] {
    const open = [...this.state.open];
    this.state.writeOff = {
      by,
      reason,
      at: iso(Date.now()),
      debts: listedDebts(this.state, (source) => this.journal.failuresOf(source)),
    };
    this.journal.log('written_off', `written off by ${by}: ${reason}`);
    for (const debt of open) this.close(debt);
    return open;
  }

  private close(debt: OpenDebt): void {
    this.state.open.splice(this.state.open.indexOf(debt), 1);
    this.journal.dropAlarms(sourceOf(debt));
  }

  private record(account: string, pod: EndedPod): AttemptRecord {
    const attempt = this.attempts.recordOf(account, pod);
    if (this.terms.isReset && attempt.outcome === 'refused') {
      // This run's request was refused, so the run before the reset sent one under the same name, at an unknown moment.
      attempt.outcome = 'presumed_absent';
      attempt.startedAt = iso(this.terms.claimedAt);
    }
    return attempt;
  }
}
