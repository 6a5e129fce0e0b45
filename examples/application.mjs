/**
 * An application that rents pods. Needs a Temporal server and a worker: `npx podkeeper dev` runs both, and prints the values of the two variables:
 *
 *   TEMPORAL_ADDRESS=localhost:7233 PODKEEPER_DEPLOYMENT=… node examples/application.mjs
 */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Podkeeper, isPodkeeperError } from 'podkeeper';

const deployment = process.env.PODKEEPER_DEPLOYMENT;
if (deployment === undefined) throw new Error("set PODKEEPER_DEPLOYMENT to the deployment that 'podkeeper dev' names");

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const podkeeper = new Podkeeper({
  client: new Client({ connection, namespace }),
  deployment,
  defaultProvider: 'local',
});

/** The program of the pod: a web server that counts its requests. */
const SERVER = `
  const { createServer } = require('node:http');
  let asked = 0;
  const server = createServer((request, response) => response.end('answer ' + ++asked + '\\n'));
  server.listen(process.env.PORT, '127.0.0.1');
`;
/** @type {import('podkeeper').PodSpecInput} */
const spec = {
  owner: 'ada',
  command: ['node', '-e', SERVER],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  idleTimeout: '2m',
  maxLifetime: '10m',
};

try {
  await oneThatIsKept();
  await oneForTheLengthOfAFunction();
} catch (error) {
  if (!isPodkeeperError(error)) throw error;
  console.error(`${error.kind}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await connection.close();
}

async function oneThatIsKept() {
  const pod = await podkeeper.spawn({ ...spec, id: 'example-kept' });
  // Spawning the same id with the same spec returns the same pod.
  const again = await podkeeper.spawn({ ...spec, id: 'example-kept' });
  console.log(`claimed ${pod.id}; claimed again: ${again.workflowId === pod.workflowId ? 'the same' : 'another'}`);

  const { endpoints } = await pod.healthy();
  console.log(`healthy at ${endpoints[0]?.url}: ${await ask(endpoints)}`);

  const { idleDeadline } = await pod.touch();
  console.log(`touched; without another touch it ends at ${idleDeadline}`);

  const report = await pod.terminate({ message: 'the example is done with it' });
  console.log(`${report.phase} after ${report.durationMs} ms: ${report.evidence}`);
}

async function oneForTheLengthOfAFunction() {
  const answer = await podkeeper.withPod(spec, async (pod) => {
    const { endpoints } = await pod.healthy();
    return await ask(endpoints);
  });
  console.log(`with a pod of its own: ${answer}; it is gone by now`);
}

/** @param {import('podkeeper').PodEndpoint[]} endpoints */
async function ask([endpoint]) {
  if (endpoint === undefined) throw new Error('the pod has no port');
  const response = await fetch(endpoint.url);
  return (await response.text()).trim();
}
