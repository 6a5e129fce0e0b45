import type { InstalledServer } from './cache';
import type { RunCommand } from './command';
import type { InstallWay } from './kinds';

/** What an installer works with; tests give their own. */
export interface Tools {
  run: RunCommand;
  environment: NodeJS.ProcessEnv;
}

/** One way to put a server into the cache. */
export interface Installer {
  way: InstallWay;
  /** Name of its directory in the cache; another version is another origin. */
  origin: string;
  /** For people: what it runs. */
  title: string;
  /** For people: what is being done and how long it usually takes. */
  step: string;
  /** Why it can't be tried on this machine, if so. */
  missing(tools: Tools): Promise<string | undefined>;
  /** Puts everything into the directory, which is renamed later: nothing in it may name its own path. */
  build(directory: string, tools: Tools): Promise<InstalledServer>;
}
