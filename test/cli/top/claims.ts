import type { ClaimSummary } from '../../../src/client';
import type { ClaimInfo } from '../../../src/model';

export const NOW = Date.parse('2026-11-28T12:00:00.000Z');
export const at = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();
const MINUTE = 60_000;

/** A claim as Temporal's list shows it, from ten minutes ago. */
export function summary(id: string, changes: Partial<ClaimSummary> = {}): ClaimSummary {
  return {
    id,
    workflowId: `prod/${id}`,
    runId: `run-${id}`,
    phase: 'booting',
    whyUnknown: null,
    status: 'RUNNING',
    claimedAt: at(-10 * MINUTE),
    endedAt: null,
    notAfter: at(50 * MINUTE),
    account: 'main',
    owner: 'grace',
    hourlyPrice: 5,
    address: null,
    ...changes,
  };
}

/** Its workflow's answer: healthy for six minutes, at $6/h. */
export function claimInfo(id: string, changes: Partial<ClaimInfo> = {}): ClaimInfo {
  return {
    id,
    deployment: 'prod',
    phase: 'healthy',
    provider: 'runpod',
    account: 'main',
    owner: 'ada',
    spec: null,
    specDigest: null,
    pod: {
      id: 'abc',
      name: `pk-prodabcd-${id}-abcdef-1`,
      provider: 'runpod',
      status: 'running',
      statusDetail: null,
      endpoints: [],
      gpu: 'NVIDIA L4',
      gpuCount: 1,
      image: null,
      hourlyPrice: 6,
      region: null,
      createdAt: null,
      exitCode: null,
    },
    claimedAt: at(-10 * MINUTE),
    healthyAt: at(-6 * MINUTE),
    touchedAt: null,
    end: null,
    endAcceptedAt: null,
    deadlines: { startup: null, idle: at(24 * MINUTE), lifetime: at(50 * MINUTE) },
    cost: { total: 0.5, hourlyPrice: 6, complete: true },
    attempts: [
      {
        number: 1,
        name: `pk-prodabcd-${id}-abcdef-1`,
        provider: 'runpod',
        account: 'main',
        outcome: 'held',
        podId: 'abc',
        hourlyPrice: 6,
        startedAt: at(-10 * MINUTE),
        sentBefore: at(-10 * MINUTE),
        absentSince: null,
        kind: null,
        message: null,
      },
    ],
    debts: [],
    events: [],
    ...changes,
  };
}
