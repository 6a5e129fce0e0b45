/** The clock that a process shares with Temporal. */
export interface Clock {
  /** ms since 1970, as of the last {@link refresh} where there is one. */
  now(): number;
  /** Updates {@link now} where another process keeps the time, as a time-skipping test server does. */
  refresh?(): Promise<void>;
}

/** This machine's clock. */
export const WALL_CLOCK: Clock = { now: () => Date.now() };

/** Formats a moment as ISO 8601. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Formats a moment as ISO 8601; `null` for none. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
