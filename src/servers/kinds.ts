/** Temporal's two servers: the real one in one process (`dev`), and the one for tests that skips time. */
export const SERVER_KINDS = ['dev', 'time-skipping'] as const;

/** One of {@link SERVER_KINDS}. */
export type ServerKind = (typeof SERVER_KINDS)[number];

/** The ways by which a server is put into the cache. */
export type InstallWay = 'download' | 'go' | 'maven';

/** Where a server came from: a path the user gave, the `PATH`, the cache, or an installation just made. */
export type ServerWay = 'given' | 'path' | 'cache' | InstallWay;

/** A server that can be started. */
export interface FoundServer {
  /** Which of the two it is. */
  kind: ServerKind;
  /** Absolute path of the executable. */
  path: string;
  /** Version of the Temporal server, for instance `1.29.1`. Absent where the executable can't tell. */
  version?: string;
  /** Where it came from. */
  way: ServerWay;
  /** Only for `cache`: the way by which it once came there. */
  installedBy?: InstallWay;
}

interface KindFacts {
  title: string;
  /** The executable's name on `PATH` and in the cache. */
  executable: string;
  /** The environment variable by which a user gives a path. */
  pathVariable: string;
}

/** What differs between the kinds when one looks for them. */
export const KIND_FACTS: Record<ServerKind, KindFacts> = {
  dev: { title: 'dev server', executable: 'temporal', pathVariable: 'PODKEEPER_TEMPORAL_CLI' },
  'time-skipping': {
    title: 'time-skipping server',
    executable: 'temporal-test-server',
    pathVariable: 'PODKEEPER_TEMPORAL_TEST_SERVER',
  },
};
