/** A period during which a pod is billed at one price. */
export interface Bill {
  /** Start, ms since 1970. */
  readonly from: number;
  /** End, ms since 1970; `null` while it continues. */
  readonly until: number | null;
  /** USD per hour. */
  readonly hourlyPrice: number;
  /** `running`: the pod itself, from its creation on. `disk`: its disk, while the pod is stopped, exited or failed. */
  readonly why: 'running' | 'disk';
}

/** A pod's entry in the ledger; frozen. */
export interface LedgerEntry {
  /** The pod's id. */
  readonly podId: string;
  /** The pod's name. */
  readonly name: string;
  /** The GPU's id; `null` for a CPU pod. */
  readonly gpu: string | null;
  /** Number of GPUs; 0 for a CPU pod. */
  readonly gpuCount: number;
  /** The pod's region. */
  readonly region: string;
  /** Whether it is a spot pod. */
  readonly spot: boolean;
  /** The name of the create's credential; `null` without one. */
  readonly requestedBy: string | null;
  /** Time of the create call, ms since 1970. */
  readonly requestedAt: number;
  /** Time of the pod's creation, when billing began, ms since 1970. */
  readonly createdAt: number;
  /** The billed periods, in order, without gaps. */
  readonly bills: readonly Bill[];
  /** Time from which it is never billed again, ms since 1970; `null` while it may be billed. */
  readonly endedAt: number | null;
  /** What ended its work first; `null` while it may run. */
  readonly endedBy: 'request' | 'exit' | 'preemption' | 'failure' | null;
}

/** A pod that is billed at one point in time. */
export interface OpenBill {
  /** The pod's id. */
  readonly podId: string;
  /** The pod's name. */
  readonly name: string;
  /** USD per hour. */
  readonly hourlyPrice: number;
  /** See {@link Bill}. */
  readonly why: Bill['why'];
}

/** The cloud's billing ledger: what every pod has cost. Only the cloud writes it. */
export interface Ledger {
  /** The entries of all pods ever created, in order. */
  entries(): readonly LedgerEntry[];
  /** A pod's entry; `undefined` for an unknown id. */
  entry(podId: string): LedgerEntry | undefined;
  /** The pods that are billed at a time, ms since 1970. Default: now. */
  billing(at?: number): readonly OpenBill[];
  /**
   * The cost up to a time, USD.
   *
   * @param podId one pod; default: all
   */
  cost(podId?: string, until?: number): number;
}
