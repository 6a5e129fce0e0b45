import type { Podkeeper, PodHandle } from '../../../src/client';
import type { ObservedLife } from '../judge';
import type { Holder } from './plan';

/** A life as it is played: what is observed of it, and the handle that its spawn returned. */
export type Life = { -readonly [Field in keyof ObservedLife]: ObservedLife[Field] } & {
  runId: string;
  handle: PodHandle;
  asked: { at: number; how: 'released' | 'cancelled' }[];
  touchedAt: number[];
  strays: { at: number; deed: string }[];
  shown: ObservedLife['shown'][number][];
};

/** A handle, and the life that it was made for. */
export interface Held {
  handle: PodHandle;
  life: Life;
}

/** The handles that a claim's users keep. Each belongs to the life that lived when it was made. */
export class Handles {
  private readonly podkeeper: Podkeeper;
  private readonly seconds = new Map<string, Held>();

  constructor(podkeeper: Podkeeper) {
    this.podkeeper = podkeeper;
  }

  /** @param lives of one claim, in their order */
  of(by: Holder, lives: readonly Life[]): Held | undefined {
    const [first, last] = [lives[0], lives.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    if (by === 'own') return { handle: last.handle, life: last };
    if (by === 'kept') return { handle: first.handle, life: first };
    const second = this.seconds.get(last.claim) ?? { handle: this.podkeeper.get(last.claim), life: last };
    this.seconds.set(last.claim, second);
    return second;
  }

  /** The other application was told that its life is over, and asks for the id anew the next time. */
  forget(claim: string): void {
    this.seconds.delete(claim);
  }
}
