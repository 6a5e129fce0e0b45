import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { askClaim } from '../client/askClaim';
import { bounded } from '../client/bounded';
import { listClaims } from '../client/listing';
import { hasWorker, servesLane } from '../client/pollers';
import { isClosed } from '../client/workflowStatus';
import { concurrently, messageOf } from '../model';
import type { ClaimInfo, Settings, Survey, SweepResult } from '../model';
import { accountsWithReaper, dryRun as runDry, lastMomentOf, readReaper } from '../reaper';
import type { Reaper, ReaperState } from '../reaper';
import { UntakenError } from '../reaper/dryRun';

/** A value, or why it could not be read. */
export type Known<T> = { known: true; value: T } | { known: false; why: string };

/** What the checks judge. All of it comes from Temporal and, through it, from the workers. */
export interface Facts {
  /** ms since 1970. */
  now: number;
  deployment: string;
  /** Its name; known if Temporal answers for it. */
  namespace: Known<string>;
  /** Whether a worker polls for workflow tasks, and took those of the dry runs. */
  hasWorker: Known<boolean>;
  accounts: Known<AccountFacts[]>;
  claims: Known<OpenClaims>;
  /** This machine's, for accounts whose reaper doesn't state the workers'. */
  settings: Settings;
}

/** An account that a reaper's schedule, the configuration of this machine or an open claim names. */
export interface AccountFacts {
  account: string;
  /** Whether a worker polls its queues. */
  lanes: Known<{ spend: boolean; keep: boolean }>;
  /** `null`: there is none. */
  reaper: Known<ReaperState | null>;
  /** A dry run by a worker, made now. */
  dryRun: Known<SweepResult>;
  /** Whether a worker took the dry run's first task; `null` if the dry run could not be started. */
  isTaken: boolean | null;
}

export interface OpenClaims {
  claims: OpenClaim[];
  /** There are more, which were not read. */
  isCutOff: boolean;
}

export interface OpenClaim {
  id: string;
  /** `null` before it was admitted. */
  account: string | null;
  /** Its deadline, ISO 8601; `null` if it is not known. */
  notAfter: string | null;
  /** Of its spec; `null` if the spec has none, or is not known. */
  maxLifetimeMs: number | null;
  /** Number of the try of its pending workflow task; 0 if no task is pending. */
  taskAttempt: number;
  /** What its workflow answers. */
  info: Known<ClaimInfo>;
}

/** Claims that are read, the newest first. */
const MOST_CLAIMS = 1_000;
/** How long listing them may take, ms. */
const CLAIM_LIST_LIMIT_MS = 10_000;
/** How long asking all of them may take, ms. Those not asked by then are not known. */
const CLAIMS_LIMIT_MS = 30_000;
/** How long one may take to answer, ms. */
const CLAIM_LIMIT_MS = 5_000;
/** Claims asked at once: each may cost its worker a replay. */
const CLAIMS_AT_ONCE = 8;
/** How long a dry run may take, ms: twice the default limit of a list. */
const DRY_RUN_LIMIT_MS = 60_000;
/** How long starting and ending it may take beside, ms. */
const DRY_RUN_SLACK_MS = 20_000;
/** How long reading a reaper and its last sweeps may take, ms. */
const REAPER_LIMIT_MS = 30_000;

interface GatherOptions {
  client: Client;
  deployment: string;
  /** Those in the configuration of this machine. */
  accounts: readonly string[];
  /** Those of this machine. */
  settings: Settings;
}

/** Reads all facts, each with a limit of its own; what doesn't answer in time is not known. Does not reject. */
export async function gatherFacts(options: GatherOptions): Promise<Facts> {
  const { client, deployment, settings } = options;
  const facts = { now: Date.now(), deployment, settings };
  const namespace = await read(() => describeNamespace(client));
  if (!namespace.known) {
    const nothing = { known: false, why: 'Temporal does not answer' } as const;
    return { ...facts, namespace, hasWorker: nothing, accounts: nothing, claims: nothing };
  }
  const isPolled = await read(() => bounded(client, () => hasWorker(client, deployment)));
  const listed = await read(() => accountsWithReaper(client, deployment));
  // Claims after the dry runs: a pod in a dry run then had its claim already.
  const named = [...options.accounts, ...(listed.known ? listed.value : [])];
  const first = await gatherAccounts(named, options);
  // Temporal lists a worker that has stopped as a poller for one more minute. A task that no worker takes shows the truth.
  const isUntaken = first.some(({ isTaken }) => isTaken === false) && !first.some(({ isTaken }) => isTaken === true);
  const served: Known<boolean> = isUntaken ? { known: true, value: false } : isPolled;
  const claims = await read(() => openClaims(options, served.known && served.value));
  const others = accountsOf(claims).filter((account) => !named.includes(account));
  const accounts = [...first, ...(await gatherAccounts(others, options))];
  const known: Facts['accounts'] = listed.known ? { known: true, value: accounts } : listed;
  return { ...facts, now: Date.now(), namespace, hasWorker: served, accounts: known, claims };
}

async function read<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await ask() };
  } catch (error) {
    return { known: false, why: messageOf(error) };
  }
}

async function describeNamespace(client: Client): Promise<string> {
  const { namespace } = client.options;
  await bounded(client, () => client.workflowService.describeNamespace({ namespace }));
  return namespace;
}

function accountsOf(claims: Known<OpenClaims>): string[] {
  return claims.known ? claims.value.claims.flatMap(({ account }) => account ?? []) : [];
}

async function gatherAccounts(names: readonly string[], options: GatherOptions): Promise<AccountFacts[]> {
  const accounts = [...new Set(names)].toSorted();
  return await Promise.all(accounts.map((account) => gatherAccount(account, options)));
}

async function gatherAccount(account: string, { client, deployment, settings }: GatherOptions): Promise<AccountFacts> {
  const reaper: Reaper = { deployment, account };
  const lane = (name: 'spend' | 'keep') => bounded(client, () => servesLane(client, reaper, name));
  const lanes = await read(async () => ({ spend: await lane('spend'), keep: await lane('keep') }));
  const state = await read(() => bounded(client, () => readReaper(client, reaper), REAPER_LIMIT_MS));
  const used = (state.known ? state.value?.settings : null) ?? settings;
  let isTaken: boolean | null = null;
  const dryRun = await read(async () => {
    const run = () => runDry(client, reaper, { ...used, sweepTimeoutMs: DRY_RUN_LIMIT_MS });
    try {
      const result = await bounded(client, run, DRY_RUN_LIMIT_MS + DRY_RUN_SLACK_MS);
      isTaken = true;
      return result;
    } catch (error) {
      if (error instanceof UntakenError) isTaken = false;
      throw error;
    }
  });
  return { account, lanes, reaper: state, dryRun, isTaken };
}

/** What a worker saw in an account; not known if the dry run failed. */
export function surveyIn({ dryRun }: AccountFacts): Known<Survey> {
  if (!dryRun.known) return dryRun;
  const { survey, voidReason } = dryRun.value;
  if (survey !== null) return { known: true, value: survey };
  return { known: false, why: voidReason ?? 'the dry run failed without a reason' };
}

async function openClaims({ client, deployment, settings }: GatherOptions, isServed: boolean): Promise<OpenClaims> {
  const { listed, isCutOff } = await bounded(client, () => listOpen(client, deployment), CLAIM_LIST_LIMIT_MS);
  const terms = { isServed, maxLifetimeMs: settings.maxLifetimeMs, deadline: Date.now() + CLAIMS_LIMIT_MS };
  const claims = await concurrently(listed, CLAIMS_AT_ONCE, (each) => readClaim(client, each, terms));
  return { claims: claims.flatMap((claim) => claim ?? []), isCutOff };
}

interface ListedClaim {
  id: string;
  workflowId: string;
  account: string | null;
  notAfter: string | null;
}

async function listOpen(client: Client, deployment: string): Promise<{ listed: ListedClaim[]; isCutOff: boolean }> {
  const listed: ListedClaim[] = [];
  for await (const { id, workflowId, account, notAfter } of listClaims(client, deployment, {})) {
    if (listed.length === MOST_CLAIMS) return { listed, isCutOff: true };
    listed.push({ id, workflowId, account, notAfter });
  }
  return { listed, isCutOff: false };
}

/** `undefined` if it has closed since it was listed. */
async function readClaim(
  client: Client,
  { id, workflowId, account, notAfter }: ListedClaim,
  { isServed, maxLifetimeMs, deadline }: { isServed: boolean; maxLifetimeMs: number; deadline: number },
): Promise<OpenClaim | undefined> {
  const late: Known<never> = { known: false, why: 'there was no time left to ask' };
  const listed = { id, account, notAfter, maxLifetimeMs: null, taskAttempt: 0, info: late };
  if (Date.now() > deadline) return listed;
  const handle = client.workflow.getHandle(workflowId);
  const described = await read(() => bounded(client, () => handle.describe().catch(ignoreMissing), CLAIM_LIMIT_MS));
  if (!described.known) return { ...listed, info: described };
  if (described.value === undefined || isClosed(described.value)) return undefined;
  const { memo, raw } = described.value;
  const stated = memo?.maxLifetimeMs;
  const query = () => askClaim(client, { workflowId }, CLAIM_LIMIT_MS);
  const info: OpenClaim['info'] = isServed
    ? await read(() => bounded(client, query, CLAIM_LIMIT_MS))
    : { known: false, why: 'no worker answers for it' };
  return {
    id,
    account: typeof memo?.account === 'string' ? memo.account : account,
    notAfter: lastMomentOf(described.value, maxLifetimeMs),
    maxLifetimeMs: typeof stated === 'number' ? stated : null,
    taskAttempt: raw.pendingWorkflowTask?.attempt ?? 0,
    info,
  };
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
