import { stringify } from 'yaml';
import { EXAMPLE_IMAGE, EXAMPLE_PORT } from './plan';
import type { InitPlan } from './plan';

/** A file that `podkeeper init` writes. */
export interface InitFile {
  name: string;
  text: string;
}

/** Writes what a plan comes to: the worker's configuration, a spec, and an application that uses it. */
export function initFiles(plan: InitPlan): InitFile[] {
  return [
    { name: 'podkeeper.yaml', text: configurationFile(plan) },
    { name: 'pod.yaml', text: specFile(plan) },
    { name: 'application.mjs', text: application(plan) },
  ];
}

function configurationFile({ deployment, provider }: InitPlan): string {
  const account = provider === 'local' ? { 'this-machine': { provider } } : { [`${provider}-main`]: { provider } };
  const key =
    provider === 'local'
      ? '# This machine: needs no key, and costs nothing.'
      : '# The key is read from RUNPOD_API_KEY of the worker’s environment; it has no place in a file.';
  return `# The configuration of the worker and the commands.

# Part of every pod's name: keep it for as long as pods live. application.mjs names it, too.
${stringify({ deployment })}
${key}
${stringify({ accounts: account })}
settings:
  # A pod whose spec names no end ends by then.
  maxLifetime: 1h
`;
}

function specFile(plan: InitPlan): string {
  const { provider, port } = plan;
  const health = port === null ? {} : { ports: [`${port}/http`], health: { http: { port, path: '/' } } };
  const cloud = provider === 'local' ? {} : { gpu: 'l4', image: plan.image ?? EXAMPLE_IMAGE, maxHourlyPrice: 1 };
  const command = commandOf(plan);
  const what = stringify({ provider, ...cloud, ...(command === null ? {} : { command }), ...health }, { lineWidth: 0 });
  return `# What the pod is to be: 'podkeeper plan pod.yaml' says what it would rent, and at which price.
${what}
# Ends when nobody touched it for so long: 'podkeeper touch', pod.touch() or pod.keepAlive().
idleTimeout: 10m
# Ends then whatever happens.
maxLifetime: 1h
`;
}

/** Local pods need one; an image brings its own. */
function commandOf({ provider, command, image, port }: InitPlan): string[] | null {
  if (command !== null) return ['sh', '-c', command];
  if (image !== null) return null;
  return provider === 'local'
    ? ['node', '-e', LOCAL_SERVER]
    : ['python3', '-m', 'http.server', String(port ?? EXAMPLE_PORT)];
}

const LOCAL_SERVER = `const { createServer } = require('node:http');
let asked = 0;
createServer((request, response) => response.end(\`answer \${++asked} of \${process.env.PODKEEPER_POD}\\n\`))
  .listen(process.env.PORT, '127.0.0.1', () => console.info('listening on ' + process.env.PORT));
`;

function application({ deployment, port }: InitPlan): string {
  const use =
    port === null
      ? `  console.info('it runs; this is where the work would be');`
      : `  const [endpoint] = endpoints;
  const response = await fetch(endpoint.url);
  console.info(\`healthy at \${endpoint.url}: \${response.status} \${(await response.text()).trim().slice(0, 200)}\`);`;
  const held = port === null ? '' : '{ endpoints } = ';
  return `/**
 * Rents the pod of pod.yaml for the length of a function: it is ended whatever happens.
 *
 * Finds Temporal as Temporal's own tools do: by TEMPORAL_ADDRESS, else at localhost:7233.
 */
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Podkeeper, isPodkeeperError } from 'podkeeper';
import { parse } from 'yaml';

const spec = parse(readFileSync(new URL('pod.yaml', import.meta.url), 'utf8'));
const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const podkeeper = new Podkeeper({
  client: new Client({ connection, namespace }),
  deployment: process.env.PODKEEPER_DEPLOYMENT ?? '${deployment}',
});

try {
  await podkeeper.withPod(spec, async (pod) => {
    console.info(\`claimed \${pod.id}\`);
    ${held === '' ? 'await pod.healthy();' : `const ${held}await pod.healthy();`}
${use.replaceAll(/^ {2}/gm, '    ')}
  });
  console.info('the pod is gone, by proof');
} catch (error) {
  if (!isPodkeeperError(error)) throw error;
  console.error(\`\${error.kind}: \${error.message}\`);
  process.exitCode = 1;
} finally {
  await connection.close();
}
`;
}
