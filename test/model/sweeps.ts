import { DEFAULT_SETTINGS, VERDICTS, decideSweep, newSweepMemory } from '../../src/model';
import type {
  AbsenceRow,
  Settings,
  Survey,
  SurveyRow,
  Suspect,
  SweepDecision,
  SweepMemory,
  Verdict,
} from '../../src/model';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const START = Date.parse('2030-01-01T00:00:00Z');

const LAGS = { listLagMs: DEFAULT_SETTINGS.listLagMs, endLagMs: DEFAULT_SETTINGS.listLagMs };

/** Missing from one list. */
export const MISSING: AbsenceRow = (() => {
  const list = { clock: 'one', begun: { wall: START, monotonic: 0 }, notBefore: START, notAfter: START };
  return { identity: 'acme', lists: 1, first: list, last: list, pending: null };
})();

/** A pod that a survey sees. */
export function rowOf(id: string, verdict: Verdict, changes: Partial<SurveyRow> = {}): SurveyRow {
  const name = `pk-prodaaaa-${id}-bbbbbb-1`;
  return { id, name, status: 'running', hourlyPrice: 2, verdict, evidence: `it is ${verdict}`, ...changes };
}

/** A complete survey that sees these pods, and some more that are alive. */
export function surveyOf(rows: SurveyRow[], more: Partial<Record<Verdict, number>> = {}): Survey {
  const counts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length + (more[verdict] ?? 0)]),
  ) as Record<Verdict, number>;
  return {
    listedAt: new Date(START).toISOString(),
    identity: 'acme',
    lags: LAGS,
    counts,
    hourlyPrice: 0,
    rows,
    otherControlPlane: [],
  };
}

/** Sweeps one after another, each handing its memory to the next, as the schedule does. What is to be ended is only told. */
export class Sweeps {
  memory: SweepMemory = newSweepMemory();
  private readonly settings: Settings;

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
  }

  /** @param at ms after {@link START}; the list takes a second */
  at(at: number, survey: Survey): SweepDecision {
    const times = { begun: START + at, over: START + at + SECOND };
    const decision = decideSweep(this.memory, survey, times, this.settings);
    this.memory = { ...this.memory, suspects: decision.suspects };
    return decision;
  }

  get suspect(): Suspect | undefined {
    return this.memory.suspects[0];
  }
}

export function idsOf(suspects: readonly { id: string }[]): string[] {
  return suspects.map(({ id }) => id);
}
