import { messageOf } from '../model';
import { findServer, type FindServerOptions } from './find';
import { type FoundServer, SERVER_KINDS, type ServerKind } from './kinds';
import type { ReportProgress } from './progress';

/** What came of looking for one server: exactly one of `server` and `error` is there. */
export interface EnsuredServer {
  kind: ServerKind;
  server?: FoundServer;
  error?: string;
}

export interface EnsureServersOptions extends Omit<FindServerOptions, 'path' | 'report'> {
  /** Default: both. */
  kinds?: readonly ServerKind[];
}

/** Sees to it that Temporal's servers are on this machine, one after the other. Failures are in the answer. */
export async function ensureServers(
  report?: ReportProgress,
  { kinds = SERVER_KINDS, ...options }: EnsureServersOptions = {},
): Promise<EnsuredServer[]> {
  const ensured: EnsuredServer[] = [];
  for (const kind of kinds) {
    try {
      ensured.push({ kind, server: await findServer(kind, { ...options, report }) });
    } catch (error) {
      ensured.push({ kind, error: messageOf(error) });
    }
  }
  return ensured;
}
