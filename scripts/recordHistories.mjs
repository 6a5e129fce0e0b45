/**
 * Records histories of claims on a real dev server, for the replay tests: `npm run record-histories -- VERSION`.
 *
 * Recorded files are never changed or removed once they are on main: they represent users' open workflows. Each release adds its own folder. The
 * activities are scripted; a history records what the workflow decided.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import model from '../dist/model/index.js';
import servers from '../dist/servers/index.js';
import definitions from '../dist/workflows/definitions.js';

const { DEFAULT_SETTINGS, POLL_AGAIN, accountQueue, emptyPodSpec, workflowQueue } = model;
const { claimQuery, releaseSignal, touchUpdate, writeOffUpdate } = definitions;

const version = process.argv[2];
if (version === undefined) throw new Error('usage: npm run record-histories -- VERSION');
const folder = new URL(`../test/histories/${version}/`, import.meta.url);
const root = fileURLToPath(new URL('../', import.meta.url));
const codePath = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));

const SETTINGS = {
  ...DEFAULT_SETTINGS,
  bootPollMs: 200,
  healthyPollMs: 500,
  createBackoffMs: 200,
  endBackoffMs: 200,
  endBackoffMaxMs: 400,
  missingPollMs: 200,
  alarmAfterMs: [1_000, 3_000],
};
const SPEC = {
  ...emptyPodSpec(),
  owner: 'ada',
  provider: 'scripted',
  image: 'x',
  startupTimeoutMs: 3_000,
  maxLifetimeMs: 600_000,
};

const podOf = (name) => ({
  id: `id-of-${name}`,
  name,
  provider: 'scripted',
  status: 'running',
  statusDetail: null,
  endpoints: [],
  gpu: null,
  gpuCount: 0,
  image: 'x',
  hourlyPrice: 2,
  region: null,
  createdAt: null,
  exitCode: null,
});
const failure = (type, message = type, more = {}) => ApplicationFailure.create({ type, message, ...more });
const again = (ms) => failure(POLL_AGAIN, 'nothing to tell yet', { nextRetryDelay: ms, category: 'BENIGN' });
const proven = (target) => ({
  outcome: 'proven',
  evidence: 'missing from two complete lists',
  ended: target.kind === 'pod' ? [target] : target.pods,
});
/** Returns the given answers one after another, then the last one again. */
const inTurn = (...answers) => {
  let calls = 0;
  return (input) => answers[Math.min(calls++, answers.length - 1)](input);
};

const calm = (spec = {}) => ({
  admitClaim: async ({ claim }) => ({
    spec: { ...SPEC, ...spec },
    specDigest: 'digest',
    offers: [
      {
        number: 0,
        provider: 'scripted',
        account: 'scripted',
        changes: {},
        listLagMs: SETTINGS.listLagMs,
        endLagMs: SETTINGS.listLagMs,
      },
    ],
    name: { deployment: 'record', controlPlane: 'aaaa', claim, life: 'bbbbbb' },
    settings: SETTINGS,
  }),
  createPod: async ({ name }) => ({ outcome: 'created', pod: podOf(name), adopted: false }),
  locatePod: async () => ({ outcome: 'absent', message: 'not in the list' }),
  observePod: async ({ name }) => ({ outcome: 'healthy', pod: podOf(name) }),
  watchPod: async () => {
    throw again(500);
  },
  endPods: async ({ target }) => proven(target),
});

const unknown = async () => {
  throw failure('outcome_unknown', 'the connection broke', { nonRetryable: true });
};
const created = async ({ name }) => ({ outcome: 'created', pod: podOf(name), adopted: false });

const release = async (claim) => {
  await healthy(claim);
  await claim.signal(releaseSignal, 'recorded');
};
const nothing = async () => undefined;

const SCENARIOS = {
  released: [calm(), release],
  touched: [
    calm({ idleTimeoutMs: 3_000 }),
    async (claim) => {
      await healthy(claim);
      await claim.executeUpdate(touchUpdate);
      await sleep(1_500);
      await claim.executeUpdate(touchUpdate);
    },
  ],
  idle: [calm({ idleTimeoutMs: 1_500 }), nothing],
  lifetime: [calm({ maxLifetimeMs: 2_000 }), nothing],
  lost: [
    {
      ...calm(),
      watchPod: async () => ({ outcome: 'gone', reason: 'lost', message: 'missing from two complete lists' }),
    },
    nothing,
  ],
  exited: [
    {
      ...calm(),
      watchPod: async () => ({ outcome: 'gone', reason: 'exited', message: 'the provider says terminated' }),
    },
    nothing,
  ],
  'cancelled-while-healthy': [
    calm(),
    async (claim) => {
      await healthy(claim);
      await claim.cancel();
    },
  ],
  'cancelled-in-create': [
    {
      ...calm(),
      createPod: async (input) => {
        await sleep(1_500);
        return created(input);
      },
    },
    async (claim) => {
      await sleep(500);
      await claim.cancel();
    },
  ],
  'failed-never-healthy': [
    {
      ...calm(),
      observePod: async () => {
        throw again(200);
      },
    },
    nothing,
  ],
  'failed-refused': [
    {
      ...calm(),
      createPod: async () => ({ outcome: 'refused', kind: 'quota', message: 'quota is used up', retryAfterMs: null }),
    },
    nothing,
  ],
  'failed-no-capacity': [
    {
      ...calm(),
      createPod: async () => ({ outcome: 'refused', kind: 'no_capacity', message: 'sold out', retryAfterMs: null }),
    },
    nothing,
  ],
  'unknown-and-found': [
    { ...calm(), createPod: unknown, locatePod: async ({ name }) => ({ outcome: 'found', pod: podOf(name) }) },
    release,
  ],
  'unknown-and-absent': [{ ...calm(), createPod: inTurn(unknown, created) }, release],
  mismatched: [
    {
      ...calm(),
      createPod: inTurn(
        async ({ name }) => ({
          outcome: 'mismatched',
          pod: { ...podOf(name), image: 'y' },
          message: 'it runs image y, not x',
        }),
        created,
      ),
    },
    release,
  ],
  sibling: [
    {
      ...calm(),
      watchPod: inTurn(
        async ({ prefix }) => ({ outcome: 'siblings', pods: [{ id: 'late', name: `${prefix}9`, hourlyPrice: 2 }] }),
        async () => {
          throw again(500);
        },
      ),
    },
    async (claim) => {
      await sleep(1_500);
      await release(claim);
    },
  ],
  'written-off': [
    {
      ...calm(),
      endPods: async () => {
        throw failure('provider', 'HTTP 500');
      },
    },
    async (claim) => {
      await release(claim);
      await sleep(1_500);
      await claim.executeUpdate(writeOffUpdate, { args: [{ by: 'ada', reason: 'the host is gone' }] });
    },
  ],
  continued: [
    calm(),
    async (claim) => {
      await healthy(claim);
      for (let touch = 0; touch < 16; touch += 1) await claim.executeUpdate(touchUpdate);
      await sleep(1_000);
      await claim.signal(releaseSignal);
    },
  ],
  reset: [
    calm(),
    async (claim, client) => {
      await healthy(claim);
      await reset(claim, client);
      await sleep(1_000);
      await claim.signal(releaseSignal);
    },
  ],
  'alarm-then-proven': [
    {
      ...calm(),
      endPods: inTurn(
        async () => ({
          outcome: 'alarm',
          kind: 'unauthorized',
          message: 'the key was revoked',
          accepted: [],
          ended: [],
          absence: null,
        }),
        ...Array.from({ length: 12 }, () => async () => {
          throw failure('provider', 'HTTP 500');
        }),
        async ({ target }) => proven(target),
      ),
    },
    release,
  ],
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function healthy(claim) {
  for (;;) {
    const { phase } = await claim.query(claimQuery);
    if (phase !== 'pending' && phase !== 'spawning' && phase !== 'booting') return;
    await sleep(100);
  }
}

/** Resets to the last completed workflow task, as an operator would. */
async function reset(claim, client) {
  const { events } = await claim.fetchHistory();
  const last = events.findLast((event) => event.workflowTaskCompletedEventAttributes != null);
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: claim.workflowId },
    workflowTaskFinishEventId: last.eventId,
    requestId: 'reset',
    reason: 'recorded',
  });
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const server = await servers.startDevServer({
  ui: false,
  extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
});
try {
  await mkdir(folder, { recursive: true });
  const connection = await Connection.connect({ address: server.address });
  const nativeConnection = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection });
  for (const [name, [activities, act]] of Object.entries(SCENARIOS)) {
    const { admitClaim, createPod, ...keep } = activities;
    const workers = [
      await Worker.create({
        connection: nativeConnection,
        taskQueue: workflowQueue('record'),
        workflowBundle: { codePath },
        activities: { admitClaim },
        enableNonLocalActivities: false,
      }),
      await Worker.create({
        connection: nativeConnection,
        taskQueue: accountQueue('record', 'scripted', 'spend'),
        activities: { createPod },
      }),
      await Worker.create({
        connection: nativeConnection,
        taskQueue: accountQueue('record', 'scripted', 'keep'),
        activities: keep,
      }),
    ];
    const record = async () => {
      const options = { workflowId: `record/${name}`, taskQueue: workflowQueue('record'), args: [{ spec: {} }] };
      const { firstExecutionRunId } = await client.workflow.start('podLifecycle', options);
      const claim = client.workflow.getHandle(options.workflowId);
      await act(claim, client);
      await claim.result().catch((error) => {
        if (!(error instanceof WorkflowFailedError)) throw error;
      });
      await write(name, claim);
      if (name === 'continued')
        await write('continued-first-run', client.workflow.getHandle(options.workflowId, firstExecutionRunId));
    };
    await workers.reduceRight((inner, worker) => () => worker.runUntil(inner), record)();
  }
  await nativeConnection.close();
  await connection.close();
} finally {
  await server.stop();
}

async function write(name, claim) {
  const history = await claim.fetchHistory();
  // 'wx': never overwrite an existing file.
  // Stack traces get paths relative to the repository's root.
  const json = historyToJSON(history).replaceAll(root, '');
  await writeFile(new URL(`${name}.json`, folder), `${json}\n`, { flag: 'wx' });
  console.log(`${name}: ${history.events.length} events`);
}
