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

test('it answers for its namespace, registers search attributes and stops', async () => {
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

test('with its UI, that is served at the URL it names', async () => {
  const server = await start({ ui: true });
  const url = new URL(String(server.uiUrl));
  await until('the UI answers', () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});

test('killed and started again on its file and port, it still knows a started workflow', async () => {
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
  const port = await new Promise<number>((resolve) => {
    occupant.listen(0, '127.0.0.1', () => {
      const address = occupant.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
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

test('one that ends while it starts is an error with the end of its output', async () => {
  const databaseFile = join(directory, 'missing', 'state.db');
  await expect(start({ databaseFile })).rejects.toMatchObject({
    kind: 'unknown',
    message: expect.stringMatching(/did not start: it ended with exit code 1:\n.*no such file or directory/s),
  });
});

test('one that never becomes healthy is killed, and an error', async () => {
  const pidFile = join(directory, 'pid');
  const executable = writeScript(join(directory, 'mute'), `echo $$ > '${pidFile}'; exec sleep 60`);
  await expect(start({ executable, startLimitMs: 300 })).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringMatching(/did not start: not healthy within .* ECONNREFUSED/),
  });
  expect(isRunning(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
});

test('an executable that cannot be started is an error', async () => {
  await expect(start({ executable: '/nowhere/temporal' })).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining('/nowhere/temporal could not be started'),
  });
});

test('its output goes to a log file', async () => {
  const logFile = join(directory, 'server.log');
  const server = await start({ logFile, logLevel: 'info' });
  await server.kill();
  expect(readFileSync(logFile, 'utf8')).toContain(`:${server.port}`);
});

test('it ends with the process that started it, even if that is killed', async () => {
  const owner = startTypeScript(join(__dirname, 'ownDevServer.ts'), []);
  const pid = Number(await owner.nextLine());
  expect(isRunning(pid)).toBe(true);
  owner.child.kill('SIGKILL');
  await owner.ended;
  await until('the server has ended', () => !isRunning(pid));
});
