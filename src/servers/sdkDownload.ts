import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sdkVersion } from '../installation';
import type { Installer } from './installer';
import { KIND_FACTS, type ServerKind } from './kinds';
import { launchWithStarter } from './launcher';

const LIMIT_MS = 10 * 60_000;
const FIRST_BYTE_MS = 20_000;

/** Lets the Temporal SDK download the server that belongs to it. */
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
 * In a process of its own, since the SDK downloads only when it starts a server: that would install the SDK's
 * runtime, of which a process has one, with options that the application didn't choose.
 * A blocked network is noticed by the missing first file; the SDK itself would wait for minutes.
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
