import { loadYaml } from '../onDemand';

/** A file that `podkeeper init` writes. */
export interface InitFile {
  name: string;
  text: string;
}

/** Makes the files: the worker's configuration, a spec, and an application that uses them. */
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
      ? '# This machine. Needs no key and costs nothing.'
      : "# The worker reads the key from the environment variable RUNPOD_API_KEY. Don't put it in a file.";
  const { stringify } = loadYaml();
  return `# Configuration of the worker and the commands.

# Part of every pod's name: don't change it while pods run. application.mjs uses it too.
${stringify({ deployment })}
${key}
${stringify({ accounts: account })}
settings:
  # The maximum for specs that don't set one.
  maxLifetime: 1h
`;
}

function specFile(plan: InitPlan): string {
  const { provider, port } = plan;
  const health = port === null ? {} : { ports: [`${port}/http`], health: { http: { port, path: '/' } } };
  const cloud = provider === 'local' ? {} : { gpu: 'l4', image: plan.image ?? EXAMPLE_IMAGE, maxHourlyPrice: 1 };
  const command = commandOf(plan);
  const { stringify } = loadYaml();
  const what = stringify({ provider, ...cloud, ...(command === null ? {} : { command }), ...health }, { lineWidth: 0 });
  return `# The pod to rent. 'podkeeper plan pod.yaml' shows what it would rent, and at what price.
${what}
# Ends the pod after this time without a touch: 'podkeeper touch', pod.touch() or pod.keepAlive().
idleTimeout: 10m
# Ends the pod after this time in any case.
maxLifetime: 1h
`;
}

/** Local pods need a command; an image has its own. */
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
      ? `  console.info('the pod runs; do your work here');`
      : `  const [endpoint] = endpoints;
  const response = await fetch(endpoint.url);
  console.info(\`healthy at \${endpoint.url}: \${response.status} \${(await response.text()).trim().slice(0, 200)}\`);`;
  const held = port === null ? '' : '{ endpoints } = ';
  return `/**
 * Rents the pod of pod.yaml while a function runs, and ends it in any case.
 *
 * Finds Temporal as Temporal's own tools do: at TEMPORAL_ADDRESS, or at localhost:7233.
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
  console.info('the pod is proven gone');
} catch (error) {
  if (!isPodkeeperError(error)) throw error;
  console.error(\`\${error.kind}: \${error.message}\`);
  process.exitCode = 1;
} finally {
  await connection.close();
}
`;
}

/** The choices of `podkeeper init`: from options, answers or defaults. */
export interface InitPlan {
  /** 1–8 of a-z and 0-9. */
  deployment: string;
  provider: InitProvider;
  /** A shell command. `null` runs the image's own command, or the example server without an image. */
  command: string | null;
  /** The container image; `null` for the provider local. */
  image: string | null;
  /** The HTTP port that the pod listens on; `null` for none. */
  port: number | null;
}

/** Providers that `podkeeper init` has files for. */
export const INIT_PROVIDERS = ['local', 'runpod'] as const;
export type InitProvider = (typeof INIT_PROVIDERS)[number];

/** The example server's port. */
export const EXAMPLE_PORT = 8_000;
/** A small public image that can run the example server. */
const EXAMPLE_IMAGE = 'python:3.12-slim';
