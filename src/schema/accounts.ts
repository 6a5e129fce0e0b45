import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MAX_CLAIM_LENGTH } from '../model';
import { parseHttpAddress } from '../model/httpAddress';
import { closedObject } from './closedObject';
import { mustBe } from './issues';
import { duration, hourlyPrice, slug } from './scalars';

const HOUR = 3_600_000;
const ACCOUNT_FORM = "an account such as { provider: 'local' }";

/** An account of the provider `local`: the machine that the worker runs on. */
export interface LocalAccount {
  provider: 'local';
  /** USD per hour, for trying out costs. Default 0. */
  hourlyPrice?: number;
  /** Directory of the pods' files, absolute. Default: `PODKEEPER_LOCAL_DIRECTORY`, else `~/.podkeeper/local`. */
  directory?: string;
  /** Time between SIGTERM and SIGKILL when a pod is ended, ms. Default 5 s. */
  stopGraceMs?: number;
}

/** An account of the provider `runpod`. Its key is read from `RUNPOD_API_KEY`, or from the variable that `keyVariable` names. */
export interface RunpodAccount {
  provider: 'runpod';
  /** Default `v2`. */
  api?: 'v2' | 'v1';
  /** URL of the management API. Default: `RUNPOD_BASE_URL`, else RunPod's own. */
  baseUrl?: string;
  /** URL of the serverless job API. Default: `RUNPOD_JOBS_URL`, else RunPod's own. */
  jobsUrl?: string;
  /** URL of a pod's HTTP port, with `{pod}` and `{port}`. Default: `RUNPOD_PROXY_URL`, else RunPod's own. */
  proxyUrl?: string;
  /** The environment variable with the key. Default `RUNPOD_API_KEY`. */
  keyVariable?: string;
}

/** An account of the provider `mock`, for trying things out: its pods exist in the memory of one worker, and end with it. It needs no key. */
export interface MockAccount {
  provider: 'mock';
  /** Time until a pod runs, ms. Default 0. */
  runningAfterMs?: number;
}

/** One account in a worker's configuration. `provider` decides which fields it has. */
export type AccountConfiguration = LocalAccount | RunpodAccount | MockAccount;

/** The environment variable with each provider's key. */
export const KEY_VARIABLES: Readonly<Record<string, string>> = {
  runpod: 'RUNPOD_API_KEY',
  lambda: 'LAMBDA_LABS_API_KEY',
  vast: 'VAST_API_KEY',
  fly: 'FLY_API_TOKEN',
};

const directoryError = mustBe("a directory's path, absolute or relative to the configuration file; ~ is not replaced");

const localAccount = closedObject(
  {
    provider: z.literal('local').meta({
      description: '[processes of the machine](providers/local.md) that the worker runs on.',
    }),
    hourlyPrice: hourlyPrice('zero')
      .optional()
      .meta({ whenLeftOut: '0', description: 'USD per hour, for trying out costs.' }),
    directory: z
      .string({ error: directoryError })
      .regex(/^[^~\0][^\0]*$/, { error: directoryError })
      .optional()
      .meta({
        whenLeftOut: '`PODKEEPER_LOCAL_DIRECTORY`, else `~/.podkeeper/local`',
        description: "Directory of the pods' files.",
      }),
    stopGrace: duration({ mostMs: HOUR, form: 'at most 1h' })
      .optional()
      .meta({ whenLeftOut: '5s', description: 'Time between SIGTERM and SIGKILL.' }),
  },
  ACCOUNT_FORM,
).transform(({ stopGrace, ...written }): LocalAccount =>
  stopGrace === undefined ? written : { ...written, stopGraceMs: stopGrace },
);

const addressError = mustBe(
  "an http or https URL such as 'https://api.runpod.io/v2', without user, query and fragment",
);

function address() {
  return z.string({ error: addressError }).refine(isAddress, { error: addressError }).optional();
}

const templateError = mustBe(
  "an http or https URL such as 'https://{pod}-{port}.proxy.runpod.net', without user, query and fragment",
);

/** A URL with placeholders for a pod's id and port. */
function addressTemplate() {
  const fits = (text: string) => isAddress(text.replaceAll(/\{(?:pod|port)\}/g, '1'));
  return z.string({ error: templateError }).refine(fits, { error: templateError }).optional();
}

function isAddress(text: string): boolean {
  return !/[{}]/.test(text) && parseHttpAddress(text) !== undefined;
}

const variableError = mustBe("an environment variable's name, for instance RUNPOD_API_KEY_EU");

const runpodAccount = closedObject(
  {
    provider: z.literal('runpod').meta({ description: '[RunPod](providers/runpod.md).' }),
    api: z
      .enum(['v2', 'v1'], { error: mustBe("'v2' or 'v1'") })
      .optional()
      .meta({ whenLeftOut: '`v2`', description: 'The version of the REST API, `v2` or `v1`.' }),
    baseUrl: address().meta({
      whenLeftOut: '`RUNPOD_BASE_URL`, else `https://api.runpod.io/v2`',
      description: 'URL of the management API.',
    }),
    jobsUrl: address().meta({
      whenLeftOut: "`RUNPOD_JOBS_URL`, else `baseUrl` if that isn't RunPod's, else `https://api.runpod.ai/v2`",
      description: 'URL of the job API.',
    }),
    proxyUrl: addressTemplate().meta({
      whenLeftOut: '`RUNPOD_PROXY_URL`, else `https://{pod}-{port}.proxy.runpod.net`',
      description: "URL of a pod's HTTP port, with `{pod}` and `{port}`.",
    }),
    keyVariable: z
      .string({ error: variableError })
      .regex(/^[A-Z_][A-Z0-9_]*$/, { error: variableError })
      .optional()
      .meta({ whenLeftOut: '`RUNPOD_API_KEY`', description: 'The variable with the key.' }),
  },
  ACCOUNT_FORM,
);

const mockAccount = closedObject(
  {
    provider: z.literal('mock').meta({
      description: "pods in the worker's memory, which end with it.",
    }),
    boot: duration({ mostMs: HOUR, form: 'at most 1h' })
      .optional()
      .meta({ whenLeftOut: '0', description: 'Time until a pod runs.' }),
  },
  ACCOUNT_FORM,
).transform(({ provider, boot }): MockAccount =>
  boot === undefined ? { provider } : { provider, runningAfterMs: boot },
);

/** An account in a configuration file. */
export const accountSchema = z.discriminatedUnion('provider', [localAccount, runpodAccount, mockAccount], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? "must be the name of a provider: 'local', 'runpod' or 'mock'"
      : mustBe(ACCOUNT_FORM)(issue),
});

/** The accounts in a configuration file, by name. */
export const accountsSchema = z.record(slug('local-1'), accountSchema, {
  error: mustBe("a map of names to accounts, for instance { local-1: { provider: 'local' } }"),
});

/** The accounts of a worker without a configuration: the machine that it runs on, named after its host name. */
export function defaultAccounts(hostname: string): Record<string, AccountConfiguration> {
  return { [localAccountName(hostname)]: { provider: 'local' } };
}

function localAccountName(hostname: string): string {
  const lowered = hostname.toLowerCase();
  const name = `local-${lowered.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;
  if (/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(lowered) && name.length <= MAX_CLAIM_LENGTH) return name;
  // Without the hash, two machines whose host names differ only in the characters left out would claim each other's pods.
  const hash = createHash('sha256').update(lowered).digest('hex').slice(0, 6);
  const kept = name.slice(0, MAX_CLAIM_LENGTH - hash.length - 1).replace(/-+$/, '');
  return `${kept}-${hash}`;
}
