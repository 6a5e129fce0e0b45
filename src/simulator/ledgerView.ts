import type { Ledger } from './ledger';
import type { World } from './world';

/** The books of whatever world the cloud is at; each look lets happen first what is due. */
export function ledgerOf(world: () => World): Ledger {
  const current = () => {
    const { fleet, now } = { fleet: world().fleet, now: world().now() };
    return { book: fleet.book, now };
  };
  return Object.freeze({
    entries: () => current().book.entries(),
    entry: (podId) => current().book.entry(podId),
    billing: (at) => {
      const { book, now } = current();
      return book.billing(at ?? now);
    },
    cost: (podId, until) => {
      const { book, now } = current();
      return book.cost(podId, until ?? now);
    },
  } satisfies Ledger);
}
