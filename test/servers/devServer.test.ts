import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type DevServer, type DevServerOptions, startDevServer } from '../../src/servers';
import { startTypeScript } from '../support/typeScriptProcess';
import { isRunning, until } from '../support/until';
import { writeScript } from './fakes';
import { listen } from '../support/listening';

const started: DevServer[] = [];
const directory = mkdtempSync(join(tmpdir(), 'podkeeper-test-'));

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.kill()));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function start(options?: DevServerOptions): Promise<DevServer> {
  const server = await startDevServer(options);
  started.push(server);
  return server;
}

async function withClient<T>({ address, namespace }: DevServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

test('answers for its namespace, registers search attributes and stops', async () => {
  const server = await start({ namespace: 'pods', searchAttributes: { PodOwner: 'Keyword' } });
  const { customAttributes } = await withClient(server, ({ connection }) =>
    connection.operatorService.listSearchAttributes({ namespace: 'pods' }),
  );
  expect(Object.keys(customAttributes)).toContain('PodOwner');
  expect(server.uiUrl).toBeUndefined();

  await server.stop();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(isRunning(server.pid)).toBe(false);
});

test('serves the UI at its URL', async () => {
  const server = await start({ ui: true });
  const url = new URL(String(server.uiUrl));
  await until('the UI answers', () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});

test('keeps a workflow after it was killed and started again with its file and port', async () => {
  const databaseFile = join(directory, 'state.db');
  const first = await start({ databaseFile });
  const workflowId = `survivor-${randomUUID()}`;
  const handle = await withClient(first, ({ workflow }) =>
    workflow.start('anything', { workflowId, taskQueue: 'nobody' }),
  );
  await first.kill();
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const second = await start({ databaseFile, port: first.port });
  expect(second.address).toBe(first.address);
  const description = await withClient(second, ({ workflow }) => workflow.getHandle(workflowId).describe());
  expect(description).toMatchObject({ runId: handle.firstExecutionRunId, status: { name: 'RUNNING' } });
});

test('a port in use is refused, with the port and what to do', async () => {
  const occupant = createServer((socket) => socket.destroy());
  const port = await listen(occupant);
  try {
    await expect(start({ port })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use.*lsof -i :${port}`)),
    });
    await expect(start({ uiPort: port })).rejects.toMatchObject({ kind: 'conflict' });
  } finally {
    await new Promise((resolve) => occupant.close(resolve));
  }
});

test('rejects with the end of its output if it ends while it starts', async () => {
  const databaseFile = join(directory, 'missing', 'state.db');
  await expect(start({ databaseFile })).rejects.toMatchObject({
    kind: 'unknown',
    message: expect.stringMatching(/did not start: it ended with exit code 1:\n.*no such file or directory/s),
  });
});

test('kills one that never becomes healthy, and rejects', async () => {
  const pidFile = join(directory, 'pid');
  const executable = writeScript(join(directory, 'mute'), `echo $$ > '${pidFile}'; exec sleep 60`);
  await expect(start({ executable, startLimitMs: 300 })).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringMatching(/did not start: not healthy within .* ECONNREFUSED/),
  });
  expect(isRunning(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
});

test('rejects if the executable can not be started', async () => {
  await expect(start({ executable: '/nowhere/temporal' })).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining('/nowhere/temporal could not be started'),
  });
});

test('writes its output to a log file', async () => {
  const logFile = join(directory, 'server.log');
  const server = await start({ logFile, logLevel: 'info' });
  await server.kill();
  expect(readFileSync(logFile, 'utf8')).toContain(`:${server.port}`);
});

test('ends with the process that started it, even if that is killed', async () => {
  const owner = startTypeScript(join(__dirname, 'ownDevServer.ts'), []);
  const pid = Number(await owner.nextLine());
  expect(isRunning(pid)).toBe(true);
  owner.child.kill('SIGKILL');
  await owner.ended;
  await until('the server has ended', () => !isRunning(pid));
});
