import type { ClaimCost } from './claim';

/** USD per hour, for people. */
export function formatHourlyPrice(price: number | null): string {
  return price === null ? '-' : `$${trimmed(price)}/h`;
}

/** A claim's cost so far, for people. */
export function formatCost({ total, complete }: ClaimCost): string {
  return `${formatUsd(total)}${complete ? '' : ', and what the pods without a stated price cost'}`;
}

/** An amount of USD, for people. */
export function formatUsd(total: number): string {
  // Rounded up: who pays would rather read a cent too much.
  const cents = Math.ceil(total * 10_000 - 1e-6) / 10_000;
  return total === 0 ? '$0' : `$${trimmed(cents)}`;
}

function trimmed(amount: number): string {
  return String(Number(amount.toFixed(4)));
}

/** A moment as people read it: `2026-11-23 18:49:02Z`. */
export function formatMoment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}
