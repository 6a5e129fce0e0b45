import { hostname } from 'node:os';
import { isPodkeeperError } from '../model';
import type { Configuration, IssueDetail } from '../schema';
import { devDirectory, runningDev } from './devState';
import type { DevFacts } from './devState';
import { CliFailure } from './failure';
import { loadSchema } from './onDemand';
import type { Surroundings } from './output';
import { temporalSettings } from './temporalSettings';
import type { TemporalSettings } from './temporalSettings';

/** The shared options that choose Temporal, deployment and codec. */
export interface TargetOptions {
  /** A profile of Temporal's configuration file. */
  profile?: string;
  deployment?: string;
  /** The path of Podkeeper's configuration file. */
  config?: string;
  /** The path of a module with a payload codec. */
  codecModule?: string;
  /** The address of a codec server. */
  codecEndpoint?: string;
  /** The codec server's `Authorization` header. */
  codecAuth?: string;
}

/** The Temporal server and the deployment that a command uses. */
export interface Target {
  /** Temporal's connection settings; the address is always set. */
  connection: TemporalSettings['connection'] & { address: string };
  namespace: string;
  configuration: Configuration;
  /** The `podkeeper dev` that is targeted; `null` if another server is. */
  dev: DevFacts | null;
}

const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Finds the Temporal server and the deployment: from options, then environment variables, then files, as Temporal's own tools do. If none sets an address
 * or a deployment, it uses the running `podkeeper dev`.
 *
 * @throws CliFailure `unreachable` if nothing is configured and no `podkeeper dev` runs; PodkeeperError `validation` for an invalid configuration.
 */
export function findTarget(options: TargetOptions, { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): Target {
  const temporal = temporalSettings(options.profile, env);
  const { address } = temporal.connection;
  const dev = address === undefined ? runningDev(devDirectory(env)) : undefined;
  const configuration = configurationFor(options, { env, cwd }, dev);
  if (configuration === undefined) {
    if (address === undefined) throw nothingConfigured();
    // Throws an error that says what is missing.
    return { ...targetAt(temporal, address), configuration: load(options, { env, cwd }), dev: null };
  }
  if (address === undefined && dev !== undefined && dev.deployment === configuration.deployment) {
    // Its server has neither TLS nor keys, but may have further namespaces.
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
    "no Temporal server found: no 'podkeeper dev' is running, and neither an address nor a deployment is configured. Start 'podkeeper dev' in another terminal, or set TEMPORAL_ADDRESS and PODKEEPER_DEPLOYMENT",
  );
}

/** `undefined` if no deployment is configured. */
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
 * Loads Podkeeper's configuration.
 *
 * @param host names the default account if none is configured; default: this host's name
 * @throws PodkeeperError `validation`
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
  return loadSchema().loadConfiguration({ env, cwd, hostname: host, overrides });
}

/** Loads the configuration for commands that need no deployment. @throws PodkeeperError `validation` */
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

/** Whether the only error in a configuration is the missing deployment. */
export function isDeploymentMissing(error: unknown): boolean {
  if (!isPodkeeperError(error) || !Array.isArray(error.details)) return false;
  const details = error.details as IssueDetail[];
  return details.length === 1 && details[0]?.path === 'deployment' && details[0].message.startsWith('is missing');
}
