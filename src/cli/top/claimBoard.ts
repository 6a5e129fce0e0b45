import type { ClaimSummary, Podkeeper } from '../../client';
import { concurrently, isPodkeeperError } from '../../model';
import { topClaim, totalsOf } from './snapshot';
import type { Answer, TopClaim, TopSnapshot } from './snapshot';

/** Claims asked at once: each costs its worker a replay at worst. */
const ASKED_AT_ONCE = 8;

/** How much one refresh may cost. */
export interface RefreshLimits {
  /** No more claims than this, the newest. */
  claims: number;
  /** Of how many the workflow is asked; the others keep what they said last. Those that were asked least recently come first. */
  asked: number;
  /** After this time, ms, no further workflow is asked. */
  withinMs: number;
}

/** What a board asks. `Podkeeper` is one. */
export type ClaimSource = Pick<Podkeeper, 'deployment' | 'list' | 'get'>;

/** Keeps an eye on a deployment's open claims, at a cost that doesn't grow with their number. */
export class ClaimBoard {
  private readonly source: ClaimSource;
  private readonly hasWorker: () => Promise<boolean>;
  /** By workflow and the time of its claim: an id that is used again is another claim. */
  private answers = new Map<string, Answer>();

  constructor(source: ClaimSource, hasWorker: () => Promise<boolean>) {
    this.source = source;
    this.hasWorker = hasWorker;
  }

  /** Looks anew. @throws PodkeeperError `transport` when Temporal can't be reached. */
  async refresh(limits: RefreshLimits, wanted: (claim: TopClaim) => boolean = () => true): Promise<TopSnapshot> {
    const summaries = await this.newest(limits.claims);
    const hasWorker = summaries.length === 0 || (await this.hasWorker());
    const gone = hasWorker ? await this.ask(summaries, limits) : new Set<ClaimSummary>();
    const open = summaries.filter((summary) => !gone.has(summary));
    this.forgetAllBut(open);
    const now = Date.now();
    const claims = open.map((summary) => topClaim(summary, this.answers.get(keyOf(summary)), now)).filter(wanted);
    const { deployment } = this.source;
    return { at: new Date(now).toISOString(), deployment, hasWorker, claims, totals: totalsOf(claims) };
  }

  private async newest(limit: number): Promise<ClaimSummary[]> {
    const summaries: ClaimSummary[] = [];
    for await (const summary of this.source.list()) {
      if (summaries.length === limit) break;
      summaries.push(summary);
    }
    return summaries;
  }

  /** Asks those whose word is oldest. @returns those that have ended meanwhile. */
  private async ask(
    summaries: readonly ClaimSummary[],
    { asked, withinMs }: RefreshLimits,
  ): Promise<Set<ClaimSummary>> {
    const startedAt = performance.now();
    const askedAt = (summary: ClaimSummary) => this.answers.get(keyOf(summary))?.askedAt ?? 0;
    const turn = summaries.toSorted((one, other) => askedAt(one) - askedAt(other)).slice(0, asked);
    const gone = new Set<ClaimSummary>();
    let silent = 0;
    await concurrently(turn, ASKED_AT_ONCE, async (summary) => {
      // A worker that has just been killed still counts as there, and each of its claims would be waited for.
      if (silent >= ASKED_AT_ONCE || performance.now() - startedAt > withinMs) return;
      const answer = await this.askOne(summary);
      if (answer === 'silent') silent += 1;
      else if (answer === 'gone') gone.add(summary);
      else {
        silent = 0;
        this.answers.set(keyOf(summary), answer);
      }
    });
    return gone;
  }

  private async askOne({ id }: ClaimSummary): Promise<Answer | 'silent' | 'gone'> {
    try {
      const { isOpen, claim } = await this.source.get(id).info();
      if (!isOpen) return 'gone';
      return claim === null ? 'silent' : { claim, askedAt: Date.now() };
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'not_found') return 'gone';
      throw error;
    }
  }

  private forgetAllBut(summaries: readonly ClaimSummary[]): void {
    const keys = summaries.map(keyOf);
    this.answers = new Map(
      keys.flatMap((key) => {
        const answer = this.answers.get(key);
        return answer === undefined ? [] : [[key, answer]];
      }),
    );
  }
}

function keyOf({ workflowId, claimedAt }: ClaimSummary): string {
  return `${workflowId} ${claimedAt}`;
}
