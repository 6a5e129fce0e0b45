import { messageOf } from '../model';
import type { ClaimInfo, Settings, Survey, SweepResult } from '../model';
import type { ReaperState } from '../reaper';

/** What could be learned, or why not. */
export type Known<T> = { known: true; value: T } | { known: false; why: string };

/** What the doctor judges: all of it asked of Temporal, and through it of the workers. */
export interface Facts {
  /** ms since 1970. */
  now: number;
  deployment: string;
  /** Its name; known when Temporal answers for it. */
  namespace: Known<string>;
  /** Whether somebody takes workflow tasks: polls for them, and took those of the looks. */
  isServed: Known<boolean>;
  accounts: Known<AccountFacts[]>;
  claims: Known<OpenClaims>;
  /** This machine's, for where no reaper tells the workers' own. */
  settings: Settings;
}

/** An account that a reaper's schedule, the configuration of this machine or an open claim names. */
export interface AccountFacts {
  account: string;
  /** Whether somebody takes its calls. */
  lanes: Known<{ spend: boolean; keep: boolean }>;
  /** `null`: there is none. */
  reaper: Known<ReaperState | null>;
  /** A dry run of this moment, by a worker. */
  look: Known<SweepResult>;
  /** Whether some worker took the look's first task; `null` when it couldn't be tried. */
  isTaken: boolean | null;
}

export interface OpenClaims {
  claims: OpenClaim[];
  /** There are more, of which nothing is known. */
  isCutOff: boolean;
}

export interface OpenClaim {
  id: string;
  /** `null` before it was admitted. */
  account: string | null;
  /** ISO 8601; `null` when it is not known. */
  notAfter: string | null;
  /** Its spec's; `null` when it has none, or isn't known. */
  maxLifetimeMs: number | null;
  /** Which try at its next workflow task is under way; 0 when there is none to do. */
  taskAttempt: number;
  /** What its workflow says. */
  info: Known<ClaimInfo>;
}

/** Learns something; never rejects. */
export async function learn<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await ask() };
  } catch (error) {
    return { known: false, why: messageOf(error) };
  }
}

/** What a worker saw in an account; not known where the look was void. */
export function surveyIn({ look }: AccountFacts): Known<Survey> {
  if (!look.known) return look;
  const { survey, voidReason } = look.value;
  if (survey !== null) return { known: true, value: survey };
  return { known: false, why: voidReason ?? 'the look was void, and no reason given' };
}
