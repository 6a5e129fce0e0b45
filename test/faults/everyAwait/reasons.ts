import type { Await } from './instrument';

/** Why no scenario reaches some awaits: losing a worker there can't affect a claim, or no claim gets there. */
export interface Reason {
  /** Prefix of the awaits' ids, see {@link Await.id}. */
  awaits: string;
  why: string;
  /** Whether a scenario may still reach them; they are judged then. Default: reaching them proves the reason wrong. */
  byChance?: true;
}

const NO_CLAIM_DOES_JOBS = 'a job is called by an application or the command line, in no activity';
const NO_CLAIM_READS_LOGS = 'the logs of such pods are read by an application or the command line, in no activity';
const NO_CLAIM_FOLLOWS_LOGS = 'only for a reader that follows the logs: an activity reads what has been written';
const NO_CLAIM_STOPS = 'nothing in a claim stops or starts a pod: that is for those who use a provider by itself';

/** Each must match an existing await. */
export const REASONS: readonly Reason[] = [
  {
    awaits: 'src/providers/mock/provider.ts ',
    why: 'the cloud of this provider dies with its process: nothing outlives a kill that could leak',
  },
  { awaits: 'src/providers/runpod/jobs.ts ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.runJob ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.getJob ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.cancelJob ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.endpointHealth ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.purgeJobs ', why: NO_CLAIM_DOES_JOBS },
  { awaits: 'src/providers/runpod/logs.ts ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/providers/local/logs.ts readLogs 2', why: NO_CLAIM_FOLLOWS_LOGS },
  { awaits: 'src/providers/local/logs.ts readLogs 4', why: NO_CLAIM_FOLLOWS_LOGS },
  { awaits: 'src/providers/local/logs.ts startOfTail 2', why: 'only for a pod that has written something' },
  { awaits: 'src/providers/local/output.ts ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/providers/local/index.ts LocalProvider.endWatch ', why: NO_CLAIM_FOLLOWS_LOGS },
  { awaits: 'src/providers/runpod/api.ts RunpodApi.stream ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/http/client.ts HttpClient.stream ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/http/reply.ts readText ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/http/reply.ts ByteQueue ', why: NO_CLAIM_READS_LOGS },
  { awaits: 'src/http/serverSentEvents.ts ', why: NO_CLAIM_READS_LOGS },
  {
    awaits: 'src/providers/runpod/index.ts RunpodProvider.get ',
    why: 'activities read lists, never one pod',
  },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.stop ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.start ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/runpod/index.ts RunpodProvider.act ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/local/index.ts LocalProvider.stop ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/local/index.ts LocalProvider.start ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/local/ending.ts signalUntil ', why: NO_CLAIM_STOPS },
  { awaits: 'src/providers/local/ps.ts ', why: "macOS's list of processes; this suite reads Linux's" },
  {
    awaits: 'src/providers/local/cgroups.ts killCgroup ',
    why: 'only where local pods live in cgroups of version 1',
    byChance: true,
  },
  {
    awaits: 'src/providers/local/cgroups.ts killFrozen ',
    why: 'only where local pods live in cgroups of version 1, and a freeze takes a moment',
    byChance: true,
  },
  {
    awaits: 'src/providers/local/findContainment.ts tryNamespace ',
    why: 'only on a machine without a cgroup that a worker may write to',
    byChance: true,
  },
  {
    awaits: 'src/providers/local/launcher.ts endAll 2',
    why: 'only where a process outlives SIGKILL for seconds',
  },
  {
    awaits: 'src/providers/local/procfs.ts readProcess 2',
    why: 'only where a scan meets a process between fork and exec',
    byChance: true,
  },
  {
    awaits: 'src/providers/local/procfs.ts readProcess 3',
    why: 'only where a scan meets a process between fork and exec',
    byChance: true,
  },
  {
    awaits: 'src/providers/local/ending.ts endPod 2',
    why: 'only where local pods live in cgroups',
    byChance: true,
  },
  {
    awaits: 'src/activities/locate.ts locateLife ',
    why: 'only after a reset of a claim with several accounts: test/workflows/reset',
  },
  {
    awaits: 'src/activities/plan.ts planClaim ',
    why: 'a plan rents nothing, and no claim waits for it',
  },
  {
    awaits: 'src/accounts/lists.ts AccountLists.run 2',
    why: 'only for some seconds after several claims asked for a list at once',
    byChance: true,
  },
  {
    awaits: 'src/accounts/account.ts Account.sharedList 1',
    why: 'only a clock that has to be asked, as that of the test environment, is refreshed',
  },
];

/** Awaits compared with reached places and reasons. */
export interface Reach {
  reached: Await[];
  /** Awaits that aren't reached, with the reason. */
  excluded: { await: Await; reason: Reason }[];
  /** Errors: unreached without a reason, reached despite a reason, and reasons without an await. */
  complaints: string[];
}

/** @param points ids of the awaits that scenarios reached */
export function compareReach(awaits: readonly Await[], points: ReadonlySet<string>, reasons: readonly Reason[]): Reach {
  const reasonOf = ({ id }: Await) => reasons.find((reason) => isFor(reason, id));
  const reached = awaits.filter(({ id }) => points.has(id));
  const unreached = awaits.filter(({ id }) => !points.has(id));
  return {
    reached,
    excluded: unreached.flatMap((found) => {
      const reason = reasonOf(found);
      return reason === undefined ? [] : [{ await: found, reason }];
    }),
    complaints: [
      ...unreached
        .filter((found) => reasonOf(found) === undefined)
        .map(({ id, line, text }) => `no scenario reaches ${id} (line ${line}: ${text}): add a scenario, or a reason`),
      ...reached
        .filter((found) => reasonOf(found)?.byChance === undefined && reasonOf(found) !== undefined)
        .map(({ id }) => `a scenario reaches ${id}, which has a reason why none does: remove the reason`),
      ...reasons
        .filter((reason) => !awaits.some(({ id }) => isFor(reason, id)))
        .map(({ awaits: prefix }) => `there is no await '${prefix}': remove its reason`),
    ],
  };
}

/** A prefix ends with a whole word: `… run 2` doesn't match `… run 21`. */
function isFor({ awaits }: Reason, id: string): boolean {
  return id === awaits || id.startsWith(awaits.endsWith(' ') ? awaits : `${awaits} `);
}
