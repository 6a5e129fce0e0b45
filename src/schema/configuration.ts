import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Settings } from '../model';
import type { GpuEntry } from '../model/gpus';
import { DEFAULT_SETTINGS, DEPLOYMENT_PATTERN } from '../model';
import type { AccountConfiguration } from './accounts';
import { accountsSchema, defaultAccounts, KEY_VARIABLES } from './accounts';
import { closedObject, looksSecret } from './closedObject';
import { findBareNumbers } from './forms';
import { parseHttpAddress } from '../model/httpAddress';
import { findGpuContradictions, gpusSchema } from './gpus';
import type { Issue, Locate } from './issues';
import { errorOf, issuesOf, mustBe } from './issues';
import { isPlainObject, plainData } from './plainData';
import { findSettingContradictions, settingsSchema } from './settings';
import type * as yamlFile from './yamlFile';

/** The configuration of a worker and of the CLI. Has no secrets: keys are read from the environment where they are used. */
export interface Configuration {
  /** Name of this installation: 1–8 of a-z and 0-9. Part of every pod's name. */
  deployment: string;
  /** By account name; at least one. */
  accounts: Record<string, AccountConfiguration>;
  /** All settings, with defaults. */
  settings: Settings;
  /** More GPUs, for `GPU_CATALOGUE.extend`. */
  gpus: GpuEntry[];
  /** The payload codec of application and workers: an absolute path of a module, or the URL of a codec server; `null` if there is none. */
  codec: { module?: string; endpoint?: string } | null;
  /** Path of the file that was read; `null` if there is none. */
  file: string | null;
}

/** Values from the command line or a program. They override file and environment. */
export interface ConfigurationOverrides {
  /** Path of the configuration file. */
  file?: string;
  /** 1–8 characters a–z, 0–9. */
  deployment?: string;
  /** Replace all accounts of the file. */
  accounts?: Record<string, AccountConfiguration>;
  /** Each replaces that of the file. */
  settings?: Partial<Settings>;
}

/** Sources of a configuration. */
export interface ConfigurationSources {
  /** `PODKEEPER_CONFIG`: the file's path. `PODKEEPER_DEPLOYMENT`: the deployment's name. */
  env: Readonly<Record<string, string | undefined>>;
  /** Directory in which `podkeeper.yaml` is looked for. */
  cwd: string;
  /** Names the default account. */
  hostname: string;
  /** Override file and environment. Default: none. */
  overrides?: ConfigurationOverrides;
}

const DEFAULT_FILE = 'podkeeper.yaml';
const DEPLOYMENT_FORM = "1 to 8 of a-z and 0-9, for instance 'prod'";

/**
 * Reads the configuration. Overrides take precedence over the environment, the environment over the file, and the file over defaults. The file is
 * that of the overrides, else of `PODKEEPER_CONFIG`, else `podkeeper.yaml` if it exists.
 *
 * @throws PodkeeperError `validation`; the message names each wrong field with `<file>:<line>` and says what to write
 */
export function loadConfiguration({ env, cwd, hostname, overrides = {} }: ConfigurationSources): Configuration {
  const file = findFile(overrides.file ?? stated(env['PODKEEPER_CONFIG']), cwd);
  const written = file === null ? {} : readConfigurationFile(file);
  const settings: Settings = { ...DEFAULT_SETTINGS, ...written.settings, ...overrides.settings };
  const gpus = written.gpus ?? [];
  const contradictions = [...findSettingContradictions(settings), ...findGpuContradictions(gpus)];
  if (contradictions.length > 0) throw errorOf('configuration', contradictions, written.locate);
  const accounts = overrides.accounts ?? written.accounts ?? {};
  return {
    deployment: deploymentOf(overrides.deployment, env['PODKEEPER_DEPLOYMENT'], written.deployment),
    accounts: Object.keys(accounts).length > 0 ? accounts : defaultAccounts(hostname),
    settings,
    gpus,
    codec: written.codec ?? null,
    file,
  };
}

interface Written {
  deployment?: string;
  accounts?: Record<string, AccountConfiguration>;
  settings?: Partial<Settings>;
  gpus?: GpuEntry[];
  codec?: { module?: string; endpoint?: string };
  locate?: Locate;
}

const deploymentError = mustBe(DEPLOYMENT_FORM);

const CODEC_FORM = "a payload codec: { module: './codec.mjs' } or { endpoint: 'http://localhost:8888' }";

const codecSchema = closedObject(
  {
    module: z
      .string({ error: mustBe("a file's path, absolute or relative to the configuration file") })
      .min(1)
      .optional(),
    endpoint: z
      .string({ error: mustBe('an http or https URL') })
      .refine((text) => parseHttpAddress(text.replaceAll('{namespace}', 'n')) !== undefined, {
        error: mustBe('an http or https URL, without user, query and fragment'),
      })
      .optional(),
  },
  CODEC_FORM,
).refine(({ module, endpoint }) => (module === undefined) !== (endpoint === undefined), { error: mustBe(CODEC_FORM) });

/** A configuration file. */
export const configurationSchema = closedObject(
  {
    deployment: z
      .string({ error: deploymentError })
      .regex(DEPLOYMENT_PATTERN, { error: deploymentError })
      .optional()
      .meta({
        whenLeftOut: '`podkeeper dev` generates one',
        description:
          'The name of this installation, for clients and workers: 1–8 of `a-z 0-9`. `--deployment` and `PODKEEPER_DEPLOYMENT` take precedence. Keep it while pods live.',
      }),
    accounts: accountsSchema.optional().meta({
      whenLeftOut: 'one account `local-<hostname>`',
      description: '[Accounts](#accounts) by name: 1–36 of `a-z 0-9` and single hyphens.',
    }),
    settings: settingsSchema.optional().meta({
      whenLeftOut: 'none',
      description: '[Settings](#settings) that differ from the defaults.',
    }),
    gpus: gpusSchema.optional().meta({
      whenLeftOut: 'none',
      description: '[GPUs of your own](gpus.md#gpus-of-your-own).',
    }),
    codec: codecSchema.optional().meta({
      whenLeftOut: 'none',
      description:
        "The [payload codec](#payload-codecs): `{ module: ./codec.mjs }` or `{ endpoint: 'http://localhost:8888' }`.",
    }),
  },
  'a map of deployment, accounts, settings, gpus and codec',
);

function readConfigurationFile(file: string): Written {
  // With yaml, which isn't needed without a file.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `require` has no types of its own
  const { readYamlFile } = require('./yamlFile') as typeof yamlFile;
  const { data: content, locate } = readYamlFile(file);
  const { data, issues } = plainData(withoutEmptySections(content ?? {}));
  issues.push(...takeSecrets(data), ...findBareNumbers(configurationSchema, data));
  const result = configurationSchema.safeParse(data);
  if (!result.success) issues.push(...issuesOf(result.error.issues));
  if (issues.length > 0 || !result.success) throw errorOf('configuration', issues, locate);
  const { accounts, codec, ...rest } = result.data;
  const directory = path.dirname(file);
  return {
    ...rest,
    accounts: accounts && withAbsoluteDirectories(accounts, directory),
    codec: codec?.module === undefined ? codec : { module: path.resolve(directory, codec.module) },
    locate,
  };
}

function findFile(named: string | undefined, cwd: string): string | null {
  if (named !== undefined) return path.resolve(cwd, named);
  const usual = path.join(cwd, DEFAULT_FILE);
  return existsSync(usual) ? usual : null;
}

function deploymentOf(override: string | undefined, variable: string | undefined, written: string | undefined): string {
  const deployment = override ?? stated(variable) ?? written;
  if (deployment === undefined) {
    const message = `is missing: set PODKEEPER_DEPLOYMENT, or write it into ${DEFAULT_FILE} as 'deployment: prod'. It is ${DEPLOYMENT_FORM}, marks the pods of this installation, and must not change while they live`;
    throw errorOf('configuration', [{ path: ['deployment'], message }]);
  }
  if (DEPLOYMENT_PATTERN.test(deployment)) return deployment;
  const source = override === undefined ? 'PODKEEPER_DEPLOYMENT' : 'deployment';
  throw errorOf('configuration', [{ path: [source], message: `must be ${DEPLOYMENT_FORM}` }]);
}

/** In YAML, a section with all lines commented out is `null`. */
function withoutEmptySections(content: unknown): unknown {
  if (!isPlainObject(content)) return content;
  return Object.fromEntries(Object.entries(content).filter(([, section]) => section !== null));
}

/** Removes and refuses what looks like a provider's key, so that no other message can contain it. */
function takeSecrets(data: unknown, at: readonly string[] = [], provider?: unknown): Issue[] {
  if (!isPlainObject(data)) return [];
  return Object.keys(data).flatMap((key) => {
    const here = [...at, key];
    const isAccountName = at.length === 1 && at[0] === 'accounts';
    if (!isAccountName && looksSecret(key)) {
      delete data[key];
      return [{ path: here, message: `must not be in a file: remove it, and ${whereKeysBelong(provider)}` }];
    }
    return takeSecrets(data[key], here, isPlainObject(data[key]) ? data[key]['provider'] : undefined);
  });
}

function whereKeysBelong(provider: unknown): string {
  if (provider === 'local') return "set no key: the provider 'local' needs none";
  const variable =
    typeof provider === 'string' && Object.hasOwn(KEY_VARIABLES, provider) ? KEY_VARIABLES[provider] : undefined;
  return variable === undefined ? "set it in the worker's environment" : `set ${variable} in the worker's environment`;
}

function withAbsoluteDirectories(
  accounts: Record<string, AccountConfiguration>,
  base: string,
): Record<string, AccountConfiguration> {
  return Object.fromEntries(
    Object.entries(accounts).map(([name, account]) => [
      name,
      'directory' in account && account.directory !== undefined
        ? { ...account, directory: path.resolve(base, account.directory) }
        : account,
    ]),
  );
}

function stated(variable: string | undefined): string | undefined {
  return variable === undefined || variable.trim() === '' ? undefined : variable.trim();
}
