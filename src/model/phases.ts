/**
 * The phases of a claim's life: `pending` → `spawning` → `booting` → `healthy` → `ending` → a final phase. Each may go to `ending`. Final
 * phases: `terminated` for every decided end, `failed` when no pod became healthy, both only on proof that nothing is left; `written_off`
 * when a person closed a debt without proof.
 */
export const PHASES = [
  'pending',
  'spawning',
  'booting',
  'healthy',
  'ending',
  'terminated',
  'failed',
  'written_off',
] as const;
/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** A transition from one phase to another. */
export interface Transition {
  /** The target phase. */
  to: Phase;
  /** When a claim makes it; the labels of the diagram in the docs. */
  because: string;
}

/** All transitions. The workflow follows this table, and the diagram in the docs is generated from it. */
export const TRANSITIONS: Readonly<Record<Phase, readonly Transition[]>> = {
  pending: [
    { to: 'spawning', because: 'admitted to an account' },
    { to: 'ending', because: 'spec refused, released or cancelled' },
  ],
  spawning: [
    { to: 'booting', because: 'a pod is held' },
    { to: 'ending', because: 'no pod available, out of time, released or cancelled' },
  ],
  booting: [
    { to: 'healthy', because: 'status, address and probe agree' },
    { to: 'spawning', because: 'its pod never started, or another offer is tried' },
    { to: 'ending', because: 'lost, too expensive, out of time, released or cancelled' },
  ],
  healthy: [{ to: 'ending', because: 'released, idle, lifetime, lost, exited, too expensive or cancelled' }],
  ending: [
    { to: 'terminated', because: 'proven, the end was decided' },
    { to: 'failed', because: 'proven, no pod became healthy' },
    { to: 'written_off', because: 'without proof, by a person' },
  ],
  terminated: [],
  failed: [],
  written_off: [],
};
