import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sdkVersion } from '../installation';
import { launchWithStarter } from './endWithStarter';
import { type Installer, KIND_FACTS, type ServerKind } from './kinds';

const LIMIT_MS = 10 * 60_000;
const FIRST_BYTE_MS = 20_000;

/** Makes the Temporal SDK download its own version of the server. */
export function sdkDownload(kind: ServerKind): Installer {
  const { title, executable } = KIND_FACTS[kind];
  const sdk = sdkVersion('@temporalio/testing');
  return {
    way: 'download',
    origin: `sdk-${sdk ?? 'none'}`,
    title: `download from temporal.download by the Temporal SDK ${sdk ?? ''}`.trimEnd(),
    step: `Downloading Temporal's ${title} (about 1 minute, once)`,

    missing: () =>
      Promise.resolve(
        sdk === undefined ? '@temporalio/testing is not installed: npm install it beside podkeeper' : undefined,
      ),

    async build(directory, { run, environment }) {
      const output = await run(
        process.execPath,
        [
          '-e',
          DOWNLOAD,
          kind,
          directory,
          require.resolve('@temporalio/testing'),
          require.resolve('@temporalio/worker'),
        ],
        { directory, environment, limitMs: LIMIT_MS },
      );
      const [downloaded] = await readdir(directory);
      if (downloaded === undefined) {
        throw new Error('the download left no file');
      }
      const version = /^server-version=(.+)$/m.exec(output)?.[1];
      if (kind === 'dev') {
        await rename(join(directory, downloaded), join(directory, executable));
      } else {
        await rename(join(directory, downloaded), join(directory, 'server'));
        await launchWithStarter(join(directory, executable), ['./server']);
      }
      return { way: 'download', executable, version };
    },
  };
}

/**
 * Runs in a process of its own: the SDK downloads only when it starts a server, which would install its runtime (one per process) with options that the
 * application didn't choose. If there is no file after 20 s, the network is blocked; the SDK would wait for minutes.
 */
const DOWNLOAD = `
const [kind, downloadDir, testing, worker] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(testing);
const { Runtime, DefaultLogger } = require(worker);
const { readdirSync } = require('node:fs');
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const firstByte = setTimeout(() => {
  if (readdirSync(downloadDir).length === 0) fail(new Error('no answer from temporal.download within 20 s'));
}, ${FIRST_BYTE_MS});
function fail(error) {
  console.error(error.message);
  process.exit(1);
}
async function main() {
  const options = { server: { executable: { type: 'cached-download', downloadDir, ttl: '1 day' } } };
  const environment =
    kind === 'dev'
      ? await TestWorkflowEnvironment.createLocal(options)
      : await TestWorkflowEnvironment.createTimeSkipping(options);
  const { serverVersion } = await environment.connection.workflowService.getSystemInfo({});
  await environment.teardown();
  clearTimeout(firstByte);
  if (serverVersion) console.log('\\nserver-version=' + serverVersion);
}
main().catch(fail);
`;
