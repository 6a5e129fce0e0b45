/** What a pod bills for a while, at one price. */
export interface Bill {
  /** ms since 1970. */
  readonly from: number;
  /** ms since 1970; `null` while it goes on. */
  readonly until: number | null;
  /** USD per hour. */
  readonly hourlyPrice: number;
  /** `running`: the pod, from its creation on. `disk`: what is left of it while it is stopped, exited or failed. */
  readonly why: 'running' | 'disk';
}

/** A pod in the books; frozen. */
export interface LedgerEntry {
  /** The cloud's id of it. */
  readonly podId: string;
  /** As it was created. */
  readonly name: string;
  /** An id of the market; `null` for a CPU pod. */
  readonly gpu: string | null;
  /** 0 without a GPU. */
  readonly gpuCount: number;
  /** Where it was taken from. */
  readonly region: string;
  /** Whether it was sold as spot. */
  readonly spot: boolean;
  /** The credential of the create; `null` without one. */
  readonly requestedBy: string | null;
  /** When the create was called, ms since 1970. */
  readonly requestedAt: number;
  /** When it came into being, and billing began, ms since 1970. */
  readonly createdAt: number;
  /** In order, without gaps. */
  readonly bills: readonly Bill[];
  /** Since when it bills nothing for ever, ms since 1970; `null` while it may. */
  readonly endedAt: number | null;
  /** What ended its work: a terminate, or what came before one; `null` while it may work, or work again by itself. */
  readonly endedBy: 'request' | 'exit' | 'preemption' | 'failure' | null;
}

/** What bills at a moment. */
export interface OpenBill {
  /** The cloud's id of the pod. */
  readonly podId: string;
  /** The pod's. */
  readonly name: string;
  /** USD per hour. */
  readonly hourlyPrice: number;
  /** See {@link Bill}. */
  readonly why: Bill['why'];
}

/** The cloud's own books: what every pod has cost. Nothing that callers do but through the cloud changes them. */
export interface Ledger {
  /** All pods that ever were, in the order of their creation. */
  entries(): readonly LedgerEntry[];
  /** `undefined` for an id that no pod ever had. */
  entry(podId: string): LedgerEntry | undefined;
  /** What bills at a moment, in ms since 1970; default: now. */
  billing(at?: number): readonly OpenBill[];
  /**
   * USD, up to a moment in ms since 1970; default: now.
   *
   * @param podId default: all pods
   */
  cost(podId?: string, until?: number): number;
}
