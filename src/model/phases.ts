/**
 * Where a claim is in its life. `pending` → `spawning` → `booting` → `healthy` → `ending` → one of the end phases; each may
 * go to `ending`. `terminated`, `failed` and `written_off` are final: `terminated` for every end that was decided,
 * `failed` where no healthy pod came of it; both only on proof that nothing is left. `written_off`: a person closed a debt without proof.
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

/** A way from one phase to another. */
export interface Transition {
  /** Where it leads. */
  to: Phase;
  /** When a claim takes it; the words of the diagram in the docs. */
  because: string;
}

/** Every way there is from one phase to another. The workflow moves by it, and the diagram in the docs is drawn from it. */
export const TRANSITIONS: Readonly<Record<Phase, readonly Transition[]>> = {
  pending: [
    { to: 'spawning', because: 'admitted to an account' },
    { to: 'ending', because: 'spec refused, released or cancelled' },
  ],
  spawning: [
    { to: 'booting', because: 'a pod is held' },
    { to: 'ending', because: 'no pod to be had, out of time, released or cancelled' },
  ],
  booting: [
    { to: 'healthy', because: 'status, address and probe agree' },
    { to: 'spawning', because: 'its pod never started' },
    { to: 'ending', because: 'lost, too dear, out of time, released or cancelled' },
  ],
  healthy: [{ to: 'ending', because: 'released, idle, lifetime, lost, exited, too dear or cancelled' }],
  ending: [
    { to: 'terminated', because: 'proven, the end was decided' },
    { to: 'failed', because: 'proven, no healthy pod came of it' },
    { to: 'written_off', because: 'without proof, by a person' },
  ],
  terminated: [],
  failed: [],
  written_off: [],
};
