import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MAX_CLAIM_LENGTH } from '../model';
import { closedObject } from './closedObject';
import { mustBe } from './issues';
import { duration, hourlyPrice, slug } from './scalars';

const HOUR = 3_600_000;
const ACCOUNT_FORM = "an account such as { provider: 'local' }";

/** An account of the provider `local`: the machine that the worker runs on. */
export interface LocalAccount {
  provider: 'local';
  /** USD per hour, so that costs can be tried out. Default: the provider's. */
  hourlyPrice?: number;
  /** Where the pods' files are kept, absolute. Default: the provider's. */
  directory?: string;
  /** How long a pod may take to end by itself before it is killed, in ms. Default: the provider's. */
  stopGraceMs?: number;
}

/** What a worker's configuration says of one account; told apart by `provider`. */
export type AccountConfiguration = LocalAccount;

/** Where each provider's key is read from. */
export const KEY_VARIABLES: Readonly<Record<string, string>> = {
  runpod: 'RUNPOD_API_KEY',
  lambda: 'LAMBDA_LABS_API_KEY',
  vast: 'VAST_API_KEY',
  fly: 'FLY_API_TOKEN',
};

const directoryError = mustBe("a directory's path, absolute or seen from the configuration file; ~ is not replaced");

const localAccount = closedObject(
  {
    provider: z.literal('local'),
    hourlyPrice: hourlyPrice('zero').optional(),
    directory: z
      .string({ error: directoryError })
      .regex(/^[^~\0][^\0]*$/, { error: directoryError })
      .optional(),
    stopGrace: duration(HOUR, 'at most 1h').optional(),
  },
  ACCOUNT_FORM,
).transform(({ stopGrace, ...written }): LocalAccount =>
  stopGrace === undefined ? written : { ...written, stopGraceMs: stopGrace },
);

const account = z.discriminatedUnion('provider', [localAccount], {
  error: (issue) =>
    issue.code === 'invalid_union' ? "must be the name of a provider: 'local'" : mustBe(ACCOUNT_FORM)(issue),
});

/** The accounts of a configuration file by their names. */
export const accountsSchema = z.record(slug('local-1'), account, {
  error: mustBe("a map of names to accounts, for instance { local-1: { provider: 'local' } }"),
});

/** What a worker has when its configuration names no account: the machine it runs on, by its name. */
export function defaultAccounts(hostname: string): Record<string, AccountConfiguration> {
  return { [localAccountName(hostname)]: { provider: 'local' } };
}

function localAccountName(hostname: string): string {
  const lowered = hostname.toLowerCase();
  const name = `local-${lowered.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;
  if (/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(lowered) && name.length <= MAX_CLAIM_LENGTH) return name;
  // Two machines whose names differ only in what was left out would take each other's pods for their own.
  const told = createHash('sha256').update(lowered).digest('hex').slice(0, 6);
  const kept = name.slice(0, MAX_CLAIM_LENGTH - told.length - 1).replace(/-+$/, '');
  return `${kept}-${told}`;
}
