import { join, resolve } from 'node:path';
import { messageOf, PodkeeperError } from '../model';
import { cacheDirectory, installAtomically, kindDirectory, readInstalled } from './cache';
import { findOnPath, isExecutableFile, runCommand, type RunCommand } from './command';
import { type FoundServer, type Installer, KIND_FACTS, SERVER_KINDS, type ServerKind, type Tools } from './kinds';
import { withLock } from './lock';
import { mavenInstall } from './maven';
import { beginProgress, type ReportProgress, withProgress } from './progress';
import { sdkDownload } from './sdkDownload';
import { goInstall, serverVersionOfCli } from './temporalCli';

/** Where to look for a server, and how to install it. */
export interface FindServerOptions {
  /** Path of the executable. Default: `PODKEEPER_TEMPORAL_CLI` or `PODKEEPER_TEMPORAL_TEST_SERVER`, if set. */
  path?: string;
  /** Default: see {@link cacheDirectory}. */
  cache?: string;
  /** Called with the progress of steps that take long. Default: none. */
  report?: ReportProgress;
  /** Default `process.env`. */
  environment?: NodeJS.ProcessEnv;
  /** Runs commands, for tests. */
  run?: RunCommand;
}

/** What was tried, and why it found no server; in `details.tried` of the error. */
export interface TriedWay {
  way: string;
  reason: string;
}

interface Search extends Tools {
  kind: ServerKind;
  cache: string;
  report: ReportProgress;
  tried: TriedWay[];
}

const INSTALLERS: Record<ServerKind, readonly Installer[]> = {
  dev: [sdkDownload('dev'), goInstall],
  'time-skipping': [sdkDownload('time-skipping'), mavenInstall],
};

/**
 * Finds one of Temporal's servers, and installs it into the cache if this machine has none. Tries in this order: the given path, the cache, `PATH`, the
 * SDK's download, and then Go (dev server) or Maven (time-skipping server). An installation takes seconds to minutes, once; a second process waits for
 * the first.
 *
 * @throws PodkeeperError `validation` if the given path can't be used (nothing else is tried then), `not_found` if nothing worked; the message lists
 * what was tried and why it failed.
 */
export async function findServer(kind: ServerKind, options: FindServerOptions = {}): Promise<FoundServer> {
  const environment = options.environment ?? process.env;
  const search: Search = {
    kind,
    environment,
    cache: options.cache ?? cacheDirectory(environment),
    run: options.run ?? runCommand,
    report: options.report ?? (() => undefined),
    tried: [],
  };
  const given = await useGiven(search, options.path);
  const found = given ?? (await useCached(search)) ?? (await useFromPath(search)) ?? (await install(search));
  if (found === undefined) {
    throw nothingWorked(search);
  }
  return found;
}

/** A server, or why there is none: exactly one of `server` and `error` is set. */
export interface EnsuredServer {
  kind: ServerKind;
  server?: FoundServer;
  error?: string;
}

export interface EnsureServersOptions extends Omit<FindServerOptions, 'path' | 'report'> {
  /** Default: both. */
  kinds?: readonly ServerKind[];
}

/** Finds or installs Temporal's servers, one after the other. Doesn't reject: failures are in the result. */
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

/**
 * The `executable` option for the SDK's test environment:
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: await timeSkippingExecutable() } })`.
 *
 * @throws as {@link findServer} does.
 */
export async function timeSkippingExecutable(
  options?: FindServerOptions,
): Promise<{ type: 'existing-path'; path: string }> {
  const { path } = await findServer('time-skipping', options);
  return { type: 'existing-path', path };
}

async function useGiven(search: Search, option: string | undefined): Promise<FoundServer | undefined> {
  const { pathVariable, title } = KIND_FACTS[search.kind];
  const given = option ?? search.environment[pathVariable];
  if (!given) {
    search.tried.push({ way: pathVariable, reason: 'not set' });
    return undefined;
  }
  const path = resolve(given);
  const source = option === undefined ? `The environment variable ${pathVariable}` : `The given path of the ${title}`;
  const advice = 'Correct it, or leave it out: Podkeeper then finds or installs a server itself.';
  if (!(await isExecutableFile(path))) {
    throw new PodkeeperError('validation', `${source} is ${path}, which is not an executable file. ${advice}`);
  }
  try {
    return { kind: search.kind, path, version: await versionOf(path, search), way: 'given' };
  } catch (error) {
    throw new PodkeeperError('validation', `${source} can't be used: ${messageOf(error)}. ${advice}`, { cause: error });
  }
}

async function useCached(search: Search): Promise<FoundServer | undefined> {
  const cached = await readCached(search);
  if (cached === undefined) {
    const way = `cache ${kindDirectory(search.cache, search.kind)}`;
    search.tried.push({ way, reason: 'has none that this version can use' });
  }
  return cached;
}

async function readCached({ kind, cache }: Search): Promise<FoundServer | undefined> {
  for (const { origin } of INSTALLERS[kind]) {
    const installed = await readInstalled(join(kindDirectory(cache, kind), origin));
    if (installed !== undefined) {
      const { path, version, way: installedBy } = installed;
      return { kind, path, version, way: 'cache', installedBy };
    }
  }
  return undefined;
}

async function useFromPath(search: Search): Promise<FoundServer | undefined> {
  const { executable } = KIND_FACTS[search.kind];
  const path = await findOnPath(executable, search.environment);
  if (path === undefined) {
    search.tried.push({ way: 'PATH', reason: `there is no "${executable}" on it` });
    return undefined;
  }
  try {
    return { kind: search.kind, path, version: await versionOf(path, search), way: 'path' };
  } catch (error) {
    search.tried.push({ way: 'PATH', reason: messageOf(error) });
    return undefined;
  }
}

/** The time-skipping server doesn't state its version. */
async function versionOf(path: string, search: Search): Promise<string | undefined> {
  return search.kind === 'dev' ? await serverVersionOfCli(path, search) : undefined;
}

async function install(search: Search): Promise<FoundServer | undefined> {
  const { kind, cache, report } = search;
  const parent = kindDirectory(cache, kind);
  let endWaiting: ReturnType<typeof beginProgress> | undefined;
  const onWait = (pid: number): void => {
    const step = `Waiting for process ${pid}, which is installing Temporal's ${KIND_FACTS[kind].title}`;
    endWaiting = beginProgress(report, { server: kind, step });
  };
  const work = async (): Promise<FoundServer | undefined> => {
    endWaiting?.('done');
    // The process that held the lock before may have installed it.
    return (await readCached(search)) ?? (await tryInstallers(parent, search));
  };
  try {
    return await withLock(`${parent}.lock`, work, { onWait });
  } catch (error) {
    search.tried.push({ way: `installation into ${parent}`, reason: messageOf(error) });
    return undefined;
  }
}

async function tryInstallers(parent: string, search: Search): Promise<FoundServer | undefined> {
  for (const installer of INSTALLERS[search.kind]) {
    const missing = await installer.missing(search);
    if (missing !== undefined) {
      search.tried.push({ way: installer.title, reason: missing });
      continue;
    }
    try {
      const { path, version } = await withProgress(search.report, { server: search.kind, step: installer.step }, () =>
        installAtomically(parent, installer.origin, (directory) => installer.build(directory, search)),
      );
      return { kind: search.kind, path, version, way: installer.way };
    } catch (error) {
      search.tried.push({ way: installer.title, reason: messageOf(error) });
    }
  }
  return undefined;
}

const WHAT_TO_DO: Record<ServerKind, string> = {
  dev:
    'Install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on PATH, or set ' +
    'PODKEEPER_TEMPORAL_CLI to its path, or install Go (https://go.dev/dl) and run "podkeeper servers" again.',
  'time-skipping':
    'Install Java and Maven and run "podkeeper servers" again, or set PODKEEPER_TEMPORAL_TEST_SERVER to the path ' +
    'of a temporal-test-server (https://github.com/temporalio/sdk-java/releases).',
};

function nothingWorked({ kind, tried }: Search): PodkeeperError {
  const list = tried.map(({ way, reason }) => `  - ${way}: ${reason}`).join('\n');
  const what = `Temporal's ${KIND_FACTS[kind].title} was not found and could not be installed. Tried:`;
  return new PodkeeperError('not_found', `${what}\n${list}\n${WHAT_TO_DO[kind]}`, { details: { tried } });
}
