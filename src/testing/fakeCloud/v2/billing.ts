import type { LedgerEntry } from '../../../simulator';
import { FAKE_CPUS } from '../market';
import { json, problem } from '../reply';
import type { Reply } from '../reply';
import type { Call, Route, World } from '../world';

/** REST v2's billing, from the simulated ledger. Only with buckets of an hour or a day. */
export const BILLING_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/billing\/pods$/, operation: 'billing', handle: billing },
];

const BUCKETS: Readonly<Record<string, number>> = { hour: 3_600_000, day: 86_400_000 };

async function billing({ query, credential }: Call, { cloud, clock, signal }: World): Promise<Reply> {
  const bucketSize = query.get('bucketSize') ?? 'day';
  const bucketMs = Object.hasOwn(BUCKETS, bucketSize) ? BUCKETS[bucketSize] : undefined;
  if (bucketMs === undefined) return problem(422, 'the query is invalid', { errors: ['bucketSize: hour or day'] });
  // Reading the ledger isn't a call of the simulated cloud. This call checks the key.
  await cloud.gpuTypes({ credential, signal });
  const now = clock.now();
  const from = timeOf(query.get('startTime'), now - 30 * 86_400_000);
  const until = timeOf(query.get('endTime'), now);
  if (Number.isNaN(from) || Number.isNaN(until)) {
    return problem(422, 'the query is invalid', { errors: ['startTime, endTime: RFC 3339'] });
  }
  const podId = query.get('podId');
  const start = Math.floor(from / bucketMs) * bucketMs;
  const end = Math.ceil(until / bucketMs) * bucketMs;
  const entries = cloud.ledger.entries().filter((entry) => podId === null || entry.podId === podId);
  const records = entries.flatMap((entry) => recordsOf(entry, { start, end, bucketMs, now }));
  return json(200, {
    records,
    metadata: {
      query: { ...range(start, end), bucketSize, podId },
      recordCount: records.length,
      uniquePodCount: new Set(records.map((record) => record.podId)).size,
      totals: totalsOf(records),
    },
  });
}

interface Amounts {
  totalAmount: number;
  gpuAmount: number;
  cpuAmount: number;
  diskAmount: number;
}

/** RunPod REST v2 OpenAPI, snapshot 2026-08-20: `PodBillingRecord`. */
interface BillingRecord extends Amounts {
  startTime: string;
  endTime: string;
  podId: string;
}

interface Window {
  start: number;
  end: number;
  bucketMs: number;
  now: number;
}

function recordsOf(entry: LedgerEntry, { start, end, bucketMs, now }: Window): BillingRecord[] {
  // Nothing is billed before the create.
  const first = Math.max(start, Math.floor(entry.createdAt / bucketMs) * bucketMs);
  const records: BillingRecord[] = [];
  for (let from = first; from < Math.min(end, now + 1); from += bucketMs) {
    const until = from + bucketMs;
    const running = costIn(entry, 'running', from, Math.min(until, now));
    const diskAmount = costIn(entry, 'disk', from, Math.min(until, now));
    const isCpu = FAKE_CPUS.some(({ id }) => id === entry.gpu);
    if (running + diskAmount === 0) continue;
    records.push({
      ...range(from, until),
      podId: entry.podId,
      totalAmount: running + diskAmount,
      gpuAmount: isCpu ? 0 : running,
      cpuAmount: isCpu ? running : 0,
      diskAmount,
    });
  }
  return records;
}

function costIn({ bills }: LedgerEntry, why: 'running' | 'disk', from: number, until: number): number {
  return bills
    .filter((bill) => bill.why === why)
    .reduce((sum, bill) => {
      const overlapMs = Math.min(bill.until ?? until, until) - Math.max(bill.from, from);
      return sum + (Math.max(0, overlapMs) / 3_600_000) * bill.hourlyPrice;
    }, 0);
}

function totalsOf(records: readonly BillingRecord[]): Amounts {
  const sum = (field: keyof Amounts) => records.reduce((total, record) => total + record[field], 0);
  return {
    totalAmount: sum('totalAmount'),
    gpuAmount: sum('gpuAmount'),
    cpuAmount: sum('cpuAmount'),
    diskAmount: sum('diskAmount'),
  };
}

function range(start: number, end: number): { startTime: string; endTime: string } {
  return { startTime: new Date(start).toISOString(), endTime: new Date(end).toISOString() };
}

function timeOf(text: string | null, usual: number): number {
  return text === null ? usual : Date.parse(text);
}
