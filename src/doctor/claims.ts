import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { askClaim } from '../client/askClaim';
import { bounded } from '../client/bounded';
import { listClaims } from '../client/listing';
import { isClosed } from '../client/workflowStatus';
import { concurrently } from '../model';
import { lastMomentOf } from '../reaper';
import { learn } from './facts';
import type { Known, OpenClaim, OpenClaims } from './facts';

/** Claims that are looked at, the newest. */
const CLAIMS_LOOKED_AT = 1_000;
/** How long their list may take, ms. */
const LIST_LIMIT_MS = 10_000;
/** How long they may take altogether, ms; who isn't asked by then is not known. */
const CLAIMS_LIMIT_MS = 30_000;
/** How long one may take to answer, ms. */
const CLAIM_LIMIT_MS = 5_000;
/** Claims asked at once: each costs its worker a replay at worst. */
const ASKED_AT_ONCE = 8;

/**
 * The claims that are open, in Temporal's word and in their own.
 *
 * @param isServed whether there is somebody to answer for them
 * @param maxLifetimeMs of those whose spec has none
 */
export async function openClaims(
  client: Client,
  deployment: string,
  { isServed, maxLifetimeMs }: { isServed: boolean; maxLifetimeMs: number },
): Promise<OpenClaims> {
  const { ids, isCutOff } = await bounded(client, () => idsOf(client, deployment), LIST_LIMIT_MS);
  const terms = { isServed, maxLifetimeMs, deadline: Date.now() + CLAIMS_LIMIT_MS };
  const claims = await concurrently(ids, ASKED_AT_ONCE, (each) => lookAt(client, each, terms));
  return { claims: claims.flatMap((claim) => claim ?? []), isCutOff };
}

interface Listed {
  id: string;
  workflowId: string;
  account: string | null;
  notAfter: string | null;
}

async function idsOf(client: Client, deployment: string): Promise<{ ids: Listed[]; isCutOff: boolean }> {
  const ids: Listed[] = [];
  for await (const { id, workflowId, account, notAfter } of listClaims(client, deployment, {})) {
    if (ids.length === CLAIMS_LOOKED_AT) return { ids, isCutOff: true };
    ids.push({ id, workflowId, account, notAfter });
  }
  return { ids, isCutOff: false };
}

/** `undefined` when it has closed meanwhile. */
async function lookAt(
  client: Client,
  { id, workflowId, account, notAfter }: Listed,
  { isServed, maxLifetimeMs, deadline }: { isServed: boolean; maxLifetimeMs: number; deadline: number },
): Promise<OpenClaim | undefined> {
  const late: Known<never> = { known: false, why: 'there was no time left to ask' };
  const listed = { id, account, notAfter, maxLifetimeMs: null, taskAttempt: 0, info: late };
  if (Date.now() > deadline) return listed;
  const handle = client.workflow.getHandle(workflowId);
  const described = await learn(() => bounded(client, () => handle.describe().catch(missing), CLAIM_LIMIT_MS));
  if (!described.known) return { ...listed, info: described };
  if (described.value === undefined || isClosed(described.value)) return undefined;
  const { memo, raw } = described.value;
  const stated = memo?.maxLifetimeMs;
  const query = () => askClaim(client, { workflowId }, CLAIM_LIMIT_MS);
  const info: OpenClaim['info'] = isServed
    ? await learn(() => bounded(client, query, CLAIM_LIMIT_MS))
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

function missing(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
