import { connect as connectTcp } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type * as sdk from '@temporalio/client';
import { messageOf } from '../model';

const POLL_MS = 50;
const CALL_LIMIT_MS = 5_000;
/** No proxy for a server on this machine: gRPC would use `https_proxy` for loopback, too. */
export const WITHOUT_PROXY = { 'grpc.enable_http_proxy': 0 } as const;

/**
 * Waits until a Temporal server answers for a namespace. Rejects with the signal's reason if it aborts, and with the last error after the limit.
 */
export async function waitUntilHealthy(
  server: { address: string; host: string; port: number; namespace: string },
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    try {
      // TCP first: a gRPC channel waits a second after a failed attempt.
      await tryTcp(server.host, server.port);
      await describeNamespace(server.address, server.namespace);
      signal.throwIfAborted();
      return;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  signal.throwIfAborted();
  throw new Error(`not healthy within ${Math.round(limitMs / 1000)} s; the last error: ${messageOf(last)}`);
}

function tryTcp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, timeout: CALL_LIMIT_MS }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('timeout', () => socket.destroy(new Error(`no TCP connection to ${host}:${port}`)));
    socket.on('error', reject);
  });
}

async function describeNamespace(address: string, namespace: string): Promise<void> {
  // Loaded for the first server that starts: the help needs none.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `require` has no types of its own
  const { Connection } = require('@temporalio/client') as typeof sdk;
  const connection = await Connection.connect({ address, channelArgs: WITHOUT_PROXY, connectTimeout: CALL_LIMIT_MS });
  try {
    await connection.withDeadline(Date.now() + CALL_LIMIT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
