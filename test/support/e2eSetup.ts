import type { Payload, PayloadCodec } from '@temporalio/common';
import { DEFAULT_SETTINGS } from '../../src/model';
import type { Settings } from '../../src/model';
import type { PodSpecInput } from '../../src/schema';

/** The one account of every worker. */
export const ACCOUNT = 'here';

/** Of every pod, USD. */
export const HOURLY_PRICE = 36;

/** A worker's task queues: the deployment's, and its account's two. */
export const LANES = ['workflows', 'spend', 'keep'] as const;
export type Lane = (typeof LANES)[number];

/** The defaults shrunk, their relations kept, so that a life takes seconds. */
export const QUICK_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  createTimeoutMs: 5_000,
  sendWindowMs: 1_000,
  createScheduleToStartMs: 10_000,
  callTimeoutMs: 5_000,
  heartbeatIntervalMs: 500,
  heartbeatTimeoutMs: 2_000,
  bootPollMs: 300,
  healthyPollMs: 500,
  bootSnapshotMs: 200,
  healthySnapshotMs: 200,
  createBackoffMs: 300,
  createBackoffMaxMs: 1_000,
  endBackoffMs: 300,
  endBackoffMaxMs: 1_000,
  sweepIntervalMs: 1_000,
  sweepTimeoutMs: 20_000,
  sweepGraceMs: 2_000,
  sweepInFlightGraceMs: 4_000,
  overdueSlackMs: 2_000,
  startupTimeoutMs: 45_000,
  maxLifetimeMs: 120_000,
};

/** Pods are in the list as soon as they are made; this leaves room for a busy machine. */
export const LIST_LAG_MS = 300;

/** Runs as long as it is let. */
export const SLEEP: PodSpecInput = { command: ['sleep', '100000'] };

/** A server with an HTTP port, healthy as soon as it answers. */
export const SERVER: PodSpecInput = {
  command: [
    process.execPath,
    '-e',
    "require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, '127.0.0.1')",
  ],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
};

/** As {@link SERVER}, from the moment on at which a file is there. */
export function serverBehindGate(gate: string): PodSpecInput {
  const [node = '', flag = '', text = ''] = SERVER.command ?? [];
  const wait = 'while [ ! -e "$0" ]; do sleep 0.1; done; exec "$@"';
  return { ...SERVER, command: ['sh', '-c', wait, gate, node, flag, text] };
}

/** Gives SIGTERM no heed, so that its end takes the whole grace. */
export const STUBBORN: PodSpecInput = { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] };

/** Hides payloads from whoever can't undo it; as weak as can be, and enough to see whether it is applied everywhere. */
export class ScramblingCodec implements PayloadCodec {
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return await Promise.resolve(
      payloads.map(({ data, metadata }) => ({
        metadata: { encoding: Buffer.from('binary/scrambled'), plain: Buffer.from(metadata?.['encoding'] ?? []) },
        data: scramble(data ?? Buffer.alloc(0)),
      })),
    );
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return await Promise.resolve(
      payloads.map((payload) => {
        const { data, metadata } = payload;
        if (String(Buffer.from(metadata?.['encoding'] ?? [])) !== 'binary/scrambled') return payload;
        return {
          metadata: { encoding: metadata?.['plain'] ?? Buffer.alloc(0) },
          data: scramble(data ?? Buffer.alloc(0)),
        };
      }),
    );
  }
}

function scramble(data: Uint8Array): Uint8Array {
  return data.map((byte) => byte ^ 0x5a);
}
