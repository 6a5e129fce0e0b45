import { hostname } from 'node:os';
import { isPodkeeperError } from '../model';
import type { Configuration, IssueDetail } from '../schema';
import { loadConfiguration } from '../schema';
import { devDirectory, runningDev } from './devState';
import type { DevFacts } from './devState';
import { CliFailure } from './failure';
import type { Surroundings } from './output';
import { temporalSettings } from './temporalSettings';
import type { TemporalSettings } from './temporalSettings';

/** What the options that all commands share say of whom to talk to. */
export interface TargetOptions {
  /** A profile of Temporal's configuration file. */
  profile?: string;
  deployment?: string;
  /** The path of our own configuration file. */
  config?: string;
  /** The path of a module with a payload codec. */
  codecModule?: string;
  /** The address of a codec server. */
  codecEndpoint?: string;
  /** What the codec server is shown as `Authorization`. */
  codecAuth?: string;
}

/** Whom a command talks to. */
export interface Target {
  /** As Temporal's configuration says it, with an address in any case. */
  connection: TemporalSettings['connection'] & { address: string };
  namespace: string;
  configuration: Configuration;
  /** The `podkeeper dev` that all this comes from. */
  dev: DevFacts | null;
}

export const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Finds out which Temporal and which deployment are meant: options, then environment, then files, as Temporal's own tools do; where
 * none of them names an address or a deployment, the `podkeeper dev` that runs.
 *
 * @throws CliFailure when nothing says it; PodkeeperError `validation` for a configuration that can't be one.
 */
export function findTarget(options: TargetOptions, { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): Target {
  const temporal = temporalSettings(options.profile, env);
  const { address } = temporal.connection;
  const dev = address === undefined ? runningDev(devDirectory(env)) : undefined;
  const configuration = configurationFor(options, { env, cwd }, dev);
  if (configuration === undefined) {
    if (address === undefined) throw nothingConfigured();
    // Says what is missing.
    return { ...targetAt(temporal, address), configuration: load(options, { env, cwd }), dev: null };
  }
  if (address === undefined && dev !== undefined && dev.deployment === configuration.deployment) {
    // Its server has neither TLS nor keys; it may have namespaces beside that of its worker.
    return { connection: { address: dev.address }, namespace: temporal.namespace ?? dev.namespace, configuration, dev };
  }
  return { ...targetAt(temporal, address ?? DEFAULT_ADDRESS), configuration, dev: null };
}

function targetAt(
  { connection, namespace }: TemporalSettings,
  address: string,
): Pick<Target, 'connection' | 'namespace'> {
  return { connection: { ...connection, address }, namespace: namespace ?? 'default' };
}

function nothingConfigured(): CliFailure {
  return new CliFailure(
    'unreachable',
    "there is no Temporal to talk to: no 'podkeeper dev' runs, and neither an address nor a deployment is configured. Start 'podkeeper dev' in another terminal, or set TEMPORAL_ADDRESS and PODKEEPER_DEPLOYMENT",
  );
}

/** `undefined` when nothing names the deployment. */
function configurationFor(
  options: TargetOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
  dev: DevFacts | undefined,
): Configuration | undefined {
  try {
    return load(options, surroundings);
  } catch (error) {
    if (!isDeploymentMissing(error)) throw error;
    return dev === undefined ? undefined : load({ ...options, deployment: dev.deployment }, surroundings);
  }
}

/**
 * Reads our configuration.
 *
 * @param host what the account is called after where none is configured; default: this host
 * @throws PodkeeperError `validation`.
 */
export function load(
  options: TargetOptions,
  { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>,
  host: string = hostname(),
): Configuration {
  const overrides = {
    ...(options.config === undefined ? {} : { file: options.config }),
    ...(options.deployment === undefined ? {} : { deployment: options.deployment }),
  };
  return loadConfiguration({ env, cwd, hostname: host, overrides });
}

/** Reads our configuration for what concerns no deployment, so that none has to be named. @throws PodkeeperError `validation`. */
export function loadWithoutDeployment(
  options: TargetOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): Configuration {
  try {
    return load(options, surroundings);
  } catch (error) {
    if (!isDeploymentMissing(error)) throw error;
    return load({ ...options, deployment: 'none' }, surroundings);
  }
}

/** Tells whether the only thing wrong with a configuration is that nothing names the deployment. */
export function isDeploymentMissing(error: unknown): boolean {
  if (!isPodkeeperError(error) || !Array.isArray(error.details)) return false;
  const details = error.details as IssueDetail[];
  return details.length === 1 && details[0]?.path === 'deployment' && details[0].message.startsWith('is missing');
}
