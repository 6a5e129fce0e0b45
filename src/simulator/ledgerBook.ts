import type { Bill, Ledger, LedgerEntry, OpenBill } from './ledger';
import type { SimulatedPod } from './pod';
import type { World } from './world';

const MS_PER_HOUR = 3_600_000;

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type OpenEntry = Omit<Mutable<LedgerEntry>, 'bills'> & { bills: Mutable<Bill>[] };

/** The ledger, as the cloud writes it. */
export class LedgerBook {
  private readonly byId = new Map<string, OpenEntry>();

  open(pod: SimulatedPod, requestedBy: string | null, requestedAt: number): void {
    const { id: podId, name, gpu, gpuCount, region, spot, createdAt } = pod;
    const what = { podId, name, gpu, gpuCount, region, spot };
    const entry = { ...what, requestedBy, requestedAt, createdAt, bills: [], endedAt: null, endedBy: null };
    this.byId.set(podId, entry);
  }

  /** Starts a new billed period; `null`: the pod is no longer billed. */
  bill(podId: string, from: number, why: Bill['why'] | null, hourlyPrice: number): void {
    const bills = this.find(podId)?.bills ?? [];
    const open = bills.at(-1);
    if (open?.until === null) {
      if (open.why === why && open.hourlyPrice === hourlyPrice) return;
      open.until = from;
      if (open.from === from) bills.pop();
    }
    if (why !== null) bills.push({ from, until: null, hourlyPrice, why });
  }

  /** Records what ended a pod's work. The first one is kept. */
  note(podId: string, endedBy: LedgerEntry['endedBy']): void {
    const entry = this.find(podId);
    if (entry !== undefined) entry.endedBy = endedBy === null ? null : (entry.endedBy ?? endedBy);
  }

  close(podId: string, endedAt: number): void {
    const entry = this.find(podId);
    if (entry !== undefined) entry.endedAt = endedAt;
  }

  entries(): LedgerEntry[] {
    return [...this.byId.values()].map((entry) => frozenEntry(entry));
  }

  entry(podId: string): LedgerEntry | undefined {
    const entry = this.find(podId);
    return entry === undefined ? undefined : frozenEntry(entry);
  }

  billing(at: number): OpenBill[] {
    return [...this.byId.values()].flatMap(({ podId, name, bills }) =>
      bills
        .filter(({ from, until }) => from <= at && (until === null || at < until))
        .map(({ hourlyPrice, why }) => Object.freeze({ podId, name, hourlyPrice, why })),
    );
  }

  cost(podId: string | undefined, until: number): number {
    const entries = podId === undefined ? [...this.byId.values()] : [this.find(podId)];
    return entries
      .flatMap((entry) => entry?.bills ?? [])
      .reduce((sum, bill) => {
        const ms = Math.max(0, Math.min(bill.until ?? until, until) - bill.from);
        return sum + (ms * bill.hourlyPrice) / MS_PER_HOUR;
      }, 0);
  }

  private find(podId: string): OpenEntry | undefined {
    return this.byId.get(podId);
  }
}

function frozenEntry(entry: OpenEntry): LedgerEntry {
  return Object.freeze({ ...entry, bills: Object.freeze(entry.bills.map((bill) => Object.freeze({ ...bill }))) });
}

/** The ledger of the cloud's current world. Each read first applies what is due. */
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
