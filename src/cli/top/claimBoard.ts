import type { ClaimSummary, Podkeeper } from '../../client';
import { concurrently, isPodkeeperError } from '../../model';
import { topClaim, totalsOf } from './snapshot';
import type { Answer, TopClaim, TopSnapshot } from './snapshot';

/** Claims queried at once. At worst each query costs its worker a replay. */
const ASKED_AT_ONCE = 8;

/** Limits of one refresh. */
export interface RefreshLimits {
  /** Maximum number of claims, the newest. */
  claims: number;
  /** Maximum number of workflows to query, least recently queried first. The others keep their last answer. */
  asked: number;
  /** No further workflow is queried after this time, ms. */
  withinMs: number;
}

/** The part of `Podkeeper` that a board uses. */
export type ClaimSource = Pick<Podkeeper, 'deployment' | 'list' | 'get'>;

/** A deployment's open claims. The cost of a refresh doesn't grow with their number. */
export class ClaimBoard {
  private readonly source: ClaimSource;
  private readonly hasWorker: () => Promise<boolean>;
  /** By workflow id and time of claim, since an id can be used again. */
  private answers = new Map<string, Answer>();

  constructor(source: ClaimSource, hasWorker: () => Promise<boolean>) {
    this.source = source;
    this.hasWorker = hasWorker;
  }

  /** Lists and queries the claims. @throws PodkeeperError `transport` if Temporal can't be reached. */
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

  /** Queries the claims with the oldest answers. @returns those that have ended. */
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
      // A worker that was just killed still counts as running, and each of its claims would time out. So stop after some silent ones.
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
