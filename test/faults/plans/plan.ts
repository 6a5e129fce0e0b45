import type { Fault, PodScript, SimulatedCloudOptions } from '../../../src/simulator';
import type { WireInjection } from '../../../src/testing/fakeCloud';

/** Everything that goes wrong in one run, and all that a user does in it. Plain data: it is printed as code. Moments are ms from the run's begin. */
export interface Plan {
  /** Of the simulated cloud: ids, omissions, latencies. */
  seed: number;
  cloud: PlannedCloud;
  faults: { atMs: number; fault: Fault }[];
  /** Only on a wire. */
  wire: ({ atMs: number } & WireInjection)[];
  /** When no credential is valid. */
  revoked: { atMs: number; forMs: number }[];
  scripts: PodScript[];
  claims: PlannedClaim[];
  actions: Action[];
  /** What happens in the middle of calls. Only in virtual time: on a wire its moments are real ones. */
  upsets: Upset[];
  /** When all faults end, also those that nobody has met. */
  calmAtMs: number;
}

export interface PlannedCloud extends Pick<
  SimulatedCloudOptions,
  'listLagMs' | 'creatingMs' | 'terminatingMs' | 'endedShownMs' | 'latencyMs' | 'latencyJitter' | 'callsPerMinute'
> {
  /** What the provider says of its list. */
  statedLagMs: number;
}

export interface PlannedClaim {
  id: string;
  startupTimeoutMs: number;
  maxLifetimeMs: number;
  idleTimeoutMs: number | null;
  maxHourlyPrice: number | null;
}

/** What a user can do to a claim. `spawn_exclusive` wants it new, and never shares a living one; `end_at_console`: they, or their cloud, end the pod behind our back. */
export type Deed = 'spawn' | 'spawn_exclusive' | 'touch' | 'release' | 'token' | 'cancel' | 'end_at_console';

/**
 * Whose handle a deed is done with. `own`: that of the latest life, as its spawn returned it. `second`: that of another application, which asked for the id by
 * itself, and keeps what it got. `kept`: that of the claim's first life, whatever lives under the id by now.
 */
export type Holder = 'own' | 'second' | 'kept';

/** A deed at a moment, or in the middle of a call: the `nth` of an operation from the run's begin, before it reaches the cloud. */
export type Action = { claim: string; deed: Deed; by?: Holder } & (
  { atMs: number } | { during: CallInPlan; nth: number }
);
/** Not of looks: the time-skipping server stands still for good when one is cancelled while it runs. */
export type CallInPlan = 'create' | 'terminate';

/**
 * What happens right after the cloud has carried out a call, the `nth` of its operation from the run's begin, and before its answer comes. `worker_lost`:
 * nothing that this try of the activity did or learned since its begin reaches Temporal. `key_revoked`: no credential is valid for so long.
 */
export type Upset = { after: CallInPlan; nth: number } & (
  { what: 'worker_lost' } | { what: 'key_revoked'; forMs: number } | { what: 'fault'; fault: Fault }
);

/** The plan as TypeScript, to be kept in `named.ts`. */
export function planAsCode(plan: Plan): string {
  const { cloud, ...lists } = plan;
  const fields = Object.entries(lists).map(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return `  ${name}: ${codeOf(value)},`;
    return `  ${name}: [\n${value.map((item) => `    ${codeOf(item)},`).join('\n')}\n  ],`;
  });
  return ['const plan: Plan = {', `  cloud: ${codeOf(cloud)},`, ...fields, '};'].join('\n');
}

function codeOf(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(codeOf).join(', ')}]`;
  // A pattern writes itself as code; by its name, since under jest it may come from another realm.
  if (typeof value !== 'object' || value === null || Object.prototype.toString.call(value) === '[object RegExp]')
    return String(value);
  const fields = Object.entries(value).filter(([, of]) => of !== undefined);
  return `{ ${fields.map(([name, of]) => `${name}: ${codeOf(of)}`).join(', ')} }`;
}
