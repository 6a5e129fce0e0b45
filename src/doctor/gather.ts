import type { Client } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { hasWorker, servesLane } from '../client/pollers';
import type { Settings } from '../model';
import { accountsWithReaper, dryRun, readReaper } from '../reaper';
import type { Reaper } from '../reaper';
import { UntakenError } from '../reaper/dryRun';
import { openClaims } from './claims';
import { learn } from './facts';
import type { AccountFacts, Facts, Known, OpenClaims } from './facts';

/** Whom to ask, about what. */
export interface Patient {
  client: Client;
  deployment: string;
  /** Of this machine: accounts that its configuration has, and its settings. */
  accounts: readonly string[];
  settings: Settings;
}

/** How long a look at an account by a worker may take, ms: twice what a list may, by the default settings. */
const LOOK_LIMIT_MS = 60_000;
/** What its start and its end may take beside, ms. */
const SLACK_MS = 20_000;
/** How long reading a reaper and its last sweeps may take, ms. */
const REAPER_LIMIT_MS = 30_000;

/** Asks all there is to ask, each question with a limit of its own; what isn't answered is unknown. */
export async function gatherFacts(patient: Patient): Promise<Facts> {
  const { client, deployment, settings } = patient;
  const facts = { now: Date.now(), deployment, settings };
  const namespace = await learn(() => describeNamespace(client));
  if (!namespace.known) {
    const nothing = { known: false, why: 'Temporal does not answer' } as const;
    return { ...facts, namespace, isServed: nothing, accounts: nothing, claims: nothing };
  }
  const isPolled = await learn(() => bounded(client, () => hasWorker(client, deployment)));
  const listed = await learn(() => accountsWithReaper(client, deployment));
  // Claims after the looks: who saw a pod first knows that its claim was there then.
  const named = [...patient.accounts, ...(listed.known ? listed.value : [])];
  const first = await gatherAccounts(named, patient);
  // A worker that has stopped counts as one that polls for a minute. What nobody takes tells the truth.
  const isUntaken = first.some(({ isTaken }) => isTaken === false) && !first.some(({ isTaken }) => isTaken === true);
  const isServed: Known<boolean> = isUntaken ? { known: true, value: false } : isPolled;
  const terms = { isServed: isServed.known && isServed.value, maxLifetimeMs: settings.maxLifetimeMs };
  const claims = await learn(() => openClaims(client, deployment, terms));
  const others = accountsOf(claims).filter((account) => !named.includes(account));
  const accounts = [...first, ...(await gatherAccounts(others, patient))];
  const known: Facts['accounts'] = listed.known ? { known: true, value: accounts } : listed;
  return { ...facts, now: Date.now(), namespace, isServed, accounts: known, claims };
}

async function describeNamespace(client: Client): Promise<string> {
  const { namespace } = client.options;
  await bounded(client, () => client.workflowService.describeNamespace({ namespace }));
  return namespace;
}

function accountsOf(claims: Known<OpenClaims>): string[] {
  return claims.known ? claims.value.claims.flatMap(({ account }) => account ?? []) : [];
}

async function gatherAccounts(names: readonly string[], patient: Patient): Promise<AccountFacts[]> {
  const accounts = [...new Set(names)].toSorted();
  return await Promise.all(accounts.map((account) => gatherAccount(account, patient)));
}

async function gatherAccount(account: string, { client, deployment, settings }: Patient): Promise<AccountFacts> {
  const reaper: Reaper = { deployment, account };
  const lane = (name: 'spend' | 'keep') => bounded(client, () => servesLane(client, reaper, name));
  const lanes = await learn(async () => ({ spend: await lane('spend'), keep: await lane('keep') }));
  const state = await learn(() => bounded(client, () => readReaper(client, reaper), REAPER_LIMIT_MS));
  const used = (state.known ? state.value?.settings : null) ?? settings;
  let isTaken: boolean | null = null;
  const look = await learn(async () => {
    const run = () => dryRun(client, reaper, { ...used, sweepTimeoutMs: LOOK_LIMIT_MS });
    try {
      const seen = await bounded(client, run, LOOK_LIMIT_MS + SLACK_MS);
      isTaken = true;
      return seen;
    } catch (error) {
      if (error instanceof UntakenError) isTaken = false;
      throw error;
    }
  });
  return { account, lanes, reaper: state, look, isTaken };
}
