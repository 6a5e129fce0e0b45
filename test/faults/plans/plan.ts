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
  /** When all faults end, also those that nobody has met. */
  calmAtMs: number;
}

export interface PlannedCloud extends Pick<
  SimulatedCloudOptions,
  'listLagMs' | 'creatingMs' | 'terminatingMs' | 'endedShownMs' | 'latencyMs' | 'latencyJitter'
> {
  /** What the provider says of its list. */
  statedLagMs: number;
}

export interface PlannedClaim {
  id: string;
  startupTimeoutMs: number;
  maxLifetimeMs: number;
  idleTimeoutMs: number | null;
}

/** What a user can do to a claim; `end_at_console`: they, or their cloud, end the pod behind our back. */
export type Deed = 'spawn' | 'touch' | 'release' | 'cancel' | 'end_at_console';

/** A deed at a moment, or in the middle of a call: the `nth` of an operation from the run's begin, before it reaches the cloud. */
export type Action = { claim: string; deed: Deed } & ({ atMs: number } | { during: CallInPlan; nth: number });
/** Not of looks: the time-skipping server stands still for good when one is cancelled while it runs. */
export type CallInPlan = 'create' | 'terminate';

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
