// @ts-check
/**
 * A batch job: twelve items on three pods, which are gone at the end, also after Ctrl-C.
 *
 *   npm install --install-links ../podkeeper @temporalio/client @temporalio/worker @temporalio/activity @temporalio/envconfig
 *   npx podkeeper dev                                                          # in another terminal; prints address and deployment
 *   TEMPORAL_ADDRESS=localhost:7233 PODKEEPER_DEPLOYMENT=… node batch.mjs
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Podkeeper, isPodkeeperError } from 'podkeeper';

const PODS = 3;
/** The remaining items. */
const items = Array.from({ length: 12 }, (_, index) => index + 1);
const count = items.length;

/** The program of each pod: a server that takes half a second to square a number. */
const SERVER = `
  const { createServer } = require('node:http');
  const { setTimeout: work } = require('node:timers/promises');
  const server = createServer(async (request, response) => {
    const number = Number(request.url.slice(1));
    if (number > 0) await work(500);
    response.end(String(number ** 2));
  });
  server.listen(process.env.PORT, '127.0.0.1');
`;
/** @type {import('podkeeper').PodSpecInput} */
const spec = {
  owner: 'batch',
  provider: 'local',
  command: ['node', '-e', SERVER],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  // Ends the pod if this process is killed. Until then, withPod touches it.
  idleTimeout: '2m',
  maxLifetime: '1h',
};

const deployment = process.env.PODKEEPER_DEPLOYMENT;
if (deployment === undefined) throw new Error("set PODKEEPER_DEPLOYMENT to the deployment that 'podkeeper dev' names");
const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const podkeeper = new Podkeeper({ client: new Client({ connection, namespace }), deployment });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  // Once: a second Ctrl-C ends this process at once, and the pods end after their idleTimeout.
  process.once(signal, () => {
    console.error(`${signal}: ending the pods`);
    stop.abort();
  });
}

const batch = randomUUID().slice(0, 8);
const ids = Array.from({ length: PODS }, (_, index) => `batch-${batch}-${index + 1}`);
try {
  // allSettled, not all: if a pod can't be rented or is lost, the others take over its items.
  const rented = await Promise.allSettled(
    ids.map((id) => podkeeper.withPod({ ...spec, id }, workOff, { signal: stop.signal })),
  );
  for (const rental of rented) if (rental.status === 'rejected' && !stop.signal.aborted) console.error(rental.reason);
  const costs = await Promise.all(ids.map(costOf));
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  console.log(`${count - items.length} of ${count} items done; ${PODS} pods cost $${total.toFixed(4)} and are gone`);
  if (items.length > 0) process.exitCode = 1;
} finally {
  await connection.close();
}

/**
 * Processes items until none is left.
 *
 * @param {import('podkeeper').PodHandle} pod
 */
async function workOff(pod) {
  const { endpoints } = await pod.healthy();
  for (let item = items.shift(); item !== undefined; item = items.shift()) {
    try {
      console.log(`${item} → ${await square(endpoints, item)} by ${pod.id}`);
    } catch (error) {
      // Put it back for another pod.
      items.push(item);
      throw error;
    }
  }
}

/**
 * @param {import('podkeeper').PodEndpoint[]} endpoints
 * @param {number} item
 */
async function square([endpoint], item) {
  if (endpoint === undefined) throw new Error('the pod has no port');
  const response = await fetch(new URL(`/${item}`, endpoint.url), { signal: stop.signal });
  if (!response.ok) throw new Error(`the pod answered ${response.status}`);
  return await response.text();
}

/** @param {string} id */
async function costOf(id) {
  try {
    const { report } = await podkeeper.get(id).result();
    return report.cost.total;
  } catch (error) {
    // Stopped before the claim.
    if (isPodkeeperError(error) && error.kind === 'not_found') return 0;
    throw error;
  }
}
