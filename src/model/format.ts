import type { ClaimCost } from './claim';

/** Formats a price in USD per hour; `-` for none. */
export function formatHourlyPrice(price: number | null): string {
  return price === null ? '-' : `$${trimmed(price)}/h`;
}

/** Formats a claim's cost. */
export function formatCost({ total, complete }: ClaimCost): string {
  return `${formatUsd(total)}${complete ? '' : ', and more that is not known'}`;
}

/** Formats an amount of USD. */
export function formatUsd(total: number): string {
  // Rounded up, so that no bill is higher than what was shown.
  const cents = Math.ceil(total * 10_000 - 1e-6) / 10_000;
  return total === 0 ? '$0' : `$${trimmed(cents)}`;
}

function trimmed(amount: number): string {
  return String(Number(amount.toFixed(4)));
}

/** Formats a moment: `2026-11-23 18:49:02Z`. */
export function formatMoment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
