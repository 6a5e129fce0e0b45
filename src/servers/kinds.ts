import type { InstalledServer } from './cache';
import type { RunCommand } from './command';

/** Temporal's two servers: the real one in a single process (`dev`), and the one for tests, which skips time. */
export const SERVER_KINDS = ['dev', 'time-skipping'] as const;

/** One of {@link SERVER_KINDS}. */
export type ServerKind = (typeof SERVER_KINDS)[number];

/** How a server is installed into the cache. */
export type InstallWay = 'download' | 'go' | 'maven';

/** Where a server was found: at a given path, on `PATH`, in the cache, or just installed. */
export type ServerWay = 'given' | 'path' | 'cache' | InstallWay;

/** A server that can be started. */
export interface FoundServer {
  /** Which of the two it is. */
  kind: ServerKind;
  /** Absolute path of the executable. */
  path: string;
  /** Version of the Temporal server, for instance `1.29.1`. Absent if the executable doesn't state it. */
  version?: string;
  /** Where it was found. */
  way: ServerWay;
  /** Only for `cache`: how it was installed. */
  installedBy?: InstallWay;
}

interface KindFacts {
  title: string;
  /** The executable's name on `PATH` and in the cache. */
  executable: string;
  /** The environment variable with its path. */
  pathVariable: string;
}

/** How each kind is found. */
export const KIND_FACTS: Record<ServerKind, KindFacts> = {
  dev: { title: 'dev server', executable: 'temporal', pathVariable: 'PODKEEPER_TEMPORAL_CLI' },
  'time-skipping': {
    title: 'time-skipping server',
    executable: 'temporal-test-server',
    pathVariable: 'PODKEEPER_TEMPORAL_TEST_SERVER',
  },
};

/** What an installer uses; tests pass their own. */
export interface Tools {
  run: RunCommand;
  environment: NodeJS.ProcessEnv;
}

/** Installs a server into the cache. */
export interface Installer {
  way: InstallWay;
  /** Name of its directory in the cache; includes the version. */
  origin: string;
  /** What it runs, for messages. */
  title: string;
  /** What it does and how long that usually takes, for progress. */
  step: string;
  /** Why it can't run on this machine; `undefined` if it can. */
  missing(tools: Tools): Promise<string | undefined>;
  /** Installs into the directory. The directory is renamed later: no file in it may contain its path. */
  build(directory: string, tools: Tools): Promise<InstalledServer>;
}
