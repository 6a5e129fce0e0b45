import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { registerSearchAttributes } from '../../client/registerSearchAttributes';
import { isPodkeeperError, messageOf } from '../../model';
import type { Configuration } from '../../schema';
import { progressPrinter, startDevServer } from '../../servers';
import type { DevServer } from '../../servers';
import { withLock } from '../../servers/lock';
import {
  DEV_FILES,
  devDeployment,
  devDirectory,
  devHostname,
  homeDirectory,
  readDevFacts,
  removeDevFacts,
  runningDev,
  writeDevFacts,
} from '../devState';
import { CliFailure, Interrupted } from '../failure';
import { identityOf, isRunning, livingPods } from '../localProcesses';
import { loadStandaloneWorker, loadWorker } from '../onDemand';
import { command, parsePortNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { programCall } from '../userContext';
import { onStopSignals } from '../signals';
import { isDeploymentMissing, load } from '../target';
import { temporalSettings } from '../temporalSettings';
import { counted } from '../text';

interface DevOptions extends SharedOptions {
  port?: number;
  uiPort?: number;
  directory?: string;
}

/** Temporal's default ports. If they are in use, free ones are taken. */
const USUAL_PORT = 7233;
const USUAL_UI_PORT = 8233;
/** If `podkeeper dev` is killed, its server ends within this time, ms. */
const ORPHAN_LIMIT_MS = 15_000;

/** `podkeeper dev`: runs a Temporal server and a worker in one process tree. */
export function devCommand(surroundings: CommandSurroundings): Command {
  return command(
    'dev',
    'run a Temporal dev server with its UI, and a worker for pods on this machine, until Ctrl-C; pods keep running',
    {
      json: 'print one JSON document when it is ready',
      examples: [['podkeeper dev', 'keeps its state in ~/.podkeeper/dev']],
    },
  )
    .option('--port <port>', `Temporal's port (default: ${USUAL_PORT}, or a free one)`, parsePortNumber)
    .option('--ui-port <port>', `the UI's port (default: ${USUAL_UI_PORT}, or a free one)`, parsePortNumber)
    .option('--directory <path>', 'where to keep the state (default: dev in PODKEEPER_HOME, ~/.podkeeper)')
    .action((options: DevOptions) => dev(options, surroundings));
}

async function dev(options: DevOptions, surroundings: CommandSurroundings): Promise<void> {
  // Before anything starts: a project may lack the packages that only a worker needs.
  loadWorker();
  const directory = resolve(surroundings.cwd, options.directory ?? devDirectory(surroundings.env));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const onWait = (pid: number) => {
    throw alreadyRunning(directory, runningDev(directory)?.process.pid ?? pid);
  };
  await withLock(join(directory, DEV_FILES.lock), () => runIn(directory, options, surroundings), { onWait });
}

function alreadyRunning(directory: string, pid: number): CliFailure {
  const message = `'podkeeper dev' already runs in ${directory} (pid ${pid}): use it, stop it, or pass another --directory`;
  return new CliFailure('conflict', message);
}

async function runIn(directory: string, options: DevOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const running = runningDev(directory);
  // A suspended one loses its lock after a minute, but its server still runs.
  if (running !== undefined) throw alreadyRunning(directory, running.process.pid);
  await awaitOrphan(directory);
  const configuration = configurationOf(directory, options, surroundings);
  warnAboutOtherTemporal(options, output, surroundings);
  const server = await startServer(directory, options, output);
  try {
    await work(server, { directory, configuration, options, output, surroundings });
  } finally {
    removeDevFacts(directory);
    await server.stop();
  }
  await reportRunningPods(configuration.deployment, output);
}

/** `podkeeper dev` runs its own Temporal. If this shell is configured for another one, other commands won't find the dev server. */
function warnAboutOtherTemporal({ profile }: DevOptions, output: Output, { env }: CommandSurroundings): void {
  try {
    const { connection, namespace } = temporalSettings(profile, env);
    const set = [
      ...(connection.address === undefined ? [] : [`the address ${connection.address}`]),
      ...(namespace === undefined || namespace === 'default' ? [] : [`the namespace ${namespace}`]),
    ];
    if (set.length === 0) return;
    output.say(
      `this shell's Temporal configuration (TEMPORAL_* or a profile) sets ${set.join(' and ')}: other commands here will use that, not this dev server (namespace default)`,
    );
  } catch (error) {
    // Only the other commands are affected.
    output.say(messageOf(error));
  }
}

/** The configuration, with the directory's own deployment if none is configured. Local pods go to `PODKEEPER_HOME` if that is set. */
function configurationOf(directory: string, options: DevOptions, surroundings: CommandSurroundings): Configuration {
  const configuration = withDefaultDeployment(directory, options, surroundings);
  if (!surroundings.env['PODKEEPER_HOME'] || surroundings.env['PODKEEPER_LOCAL_DIRECTORY']) return configuration;
  const pods = join(homeDirectory(surroundings.env), 'local');
  const accounts = Object.entries(configuration.accounts).map(
    ([name, account]) =>
      [name, account.provider === 'local' ? { ...account, directory: account.directory ?? pods } : account] as const,
  );
  return { ...configuration, accounts: Object.fromEntries(accounts) };
}

function withDefaultDeployment(directory: string, options: DevOptions, surroundings: CommandSurroundings) {
  const host = devHostname(directory);
  try {
    return load(options, surroundings, host);
  } catch (error) {
    if (!isDeploymentMissing(error)) throw error;
    return load({ ...options, deployment: devDeployment(directory) }, surroundings, host);
  }
}

/** After a kill of `podkeeper dev`, its server runs on for some seconds. Two servers on one database would corrupt it. */
async function awaitOrphan(directory: string): Promise<void> {
  const left = readDevFacts(directory);
  removeDevFacts(directory);
  if (left === undefined) return;
  const deadline = Date.now() + ORPHAN_LIMIT_MS;
  while (isRunning(left.server)) {
    if (Date.now() > deadline) {
      throw new CliFailure(
        'conflict',
        `the Temporal server of an earlier 'podkeeper dev' is still running: stop process ${left.server.pid}, then try again`,
      );
    }
    await delay(100);
  }
}

async function startServer(directory: string, options: DevOptions, output: Output): Promise<DevServer> {
  let stoppedBy: NodeJS.Signals | undefined;
  const release = onStopSignals((signal) => (stoppedBy ??= signal));
  const start = (port: number | undefined, uiPort: number | undefined) =>
    startDevServer({
      port,
      uiPort,
      ui: true,
      databaseFile: join(directory, DEV_FILES.database),
      logFile: join(directory, DEV_FILES.serverLog),
      report: progressPrinter(process.stderr),
    });
  try {
    output.status("starting Temporal's dev server …");
    const server = await start(options.port ?? USUAL_PORT, options.uiPort ?? USUAL_UI_PORT).catch((error: unknown) => {
      if (!isPodkeeperError(error) || error.kind !== 'conflict') throw error;
      return start(options.port, options.uiPort);
    });
    if (stoppedBy === undefined) return server;
    await server.stop();
    throw new Interrupted(stoppedBy, 'stopped before the server was ready');
  } catch (error) {
    if (isPodkeeperError(error) && error.kind === 'not_found') {
      throw new CliFailure('unreachable', messageOf(error), { kind: error.kind, cause: error });
    }
    throw error;
  } finally {
    output.clearStatus();
    release();
  }
}

interface DevContext {
  directory: string;
  configuration: Configuration;
  options: DevOptions;
  output: Output;
  surroundings: CommandSurroundings;
}

async function work(server: DevServer, context: DevContext): Promise<void> {
  const { connectNative, installQuietRuntime, runUntilSignal, workerConverter } = loadStandaloneWorker();
  const { PodkeeperWorker } = loadWorker();
  const { directory, configuration, options, output, surroundings } = context;
  const { address, namespace } = server;
  const { deployment, accounts, settings, gpus } = configuration;
  const dataConverter = await workerConverter(options, { configuration, namespace }, surroundings);
  installQuietRuntime();
  const connection = await connectNative(
    { connection: { address }, namespace, configuration, dev: null },
    surroundings.env,
  );
  try {
    await registerSearchAttributes(connection, namespace).catch((error: unknown) => output.say(messageOf(error)));
    const worker = await PodkeeperWorker.create({
      connection,
      namespace,
      deployment,
      accounts,
      settings,
      gpus,
      dataConverter,
    });
    const lost = server.exited.then(() => worker.shutdown());
    const stopping = (signal: NodeJS.Signals) => {
      stopped = true;
      output.say(`${signal}: draining calls in flight, then stopping; send it again to stop at once`);
    };
    let stopped = false;
    await runUntilSignal(worker, stopping, () => announce(server, context));
    if (stopped) return;
    await lost;
    throw new CliFailure(
      'failed',
      `Temporal's dev server exited unexpectedly: see ${join(directory, DEV_FILES.serverLog)}, then start 'podkeeper dev' again`,
    );
  } finally {
    await connection.close();
  }
}

function announce(server: DevServer, { directory, configuration, output, surroundings }: DevContext): void {
  const { address, namespace, uiUrl = '' } = server;
  const { deployment, accounts } = configuration;
  const startedAt = new Date().toISOString();
  const facts = { address, uiUrl, namespace, deployment, startedAt };
  writeDevFacts(directory, { ...facts, accounts, process: identityOf(process.pid), server: identityOf(server.pid) });
  if (output.isJson) output.entry({ ...facts, pid: process.pid, serverPid: server.pid, directory }, () => '');
  const isUsual = directory === devDirectory(surroundings.env);
  const settings = `TEMPORAL_ADDRESS=${address} PODKEEPER_DEPLOYMENT=${deployment} `;
  const next = `${isUsual ? '' : settings}${programCall(surroundings.env)}`;
  output.say(
    [
      `Temporal    ${address} (UI: ${uiUrl})`,
      `deployment  ${deployment}, state in ${directory}`,
      'Ready. In another terminal:',
      `  ${next} spawn pod.yaml --wait`,
      `  ${next} list`,
      `  ${next} with pod.yaml -- sh -c 'curl "$PODKEEPER_ENDPOINT"'`,
      'Press Ctrl-C to stop. Pods keep running until their deadlines.',
    ].join('\n'),
  );
}

async function reportRunningPods(deployment: string, output: Output): Promise<void> {
  const living = await livingPods(deployment).catch(() => []);
  if (living.length === 0) return output.say('stopped; no pod is running');
  const names = living.map(({ name }) => name).join(', ');
  output.say(
    `stopped; ${counted(living.length, 'pod')} still running: ${names}. They end at their deadlines; the next 'podkeeper dev' manages them again`,
  );
}
