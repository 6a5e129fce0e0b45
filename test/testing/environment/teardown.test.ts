import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { PodHandle } from '../../../src/client';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { bundle } from '../../support/environment';
import { processFile, processIds } from '../../support/processes';
import { startTypeScript } from '../../support/typeScriptProcess';
import { until } from '../../support/until';
import { gate, rejectionOf, testPodkeeper } from './environmentUnderTest';

/** On Linux, a process's descendants are found by their environment. */
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a process with a test Podkeeper', () => {
  test.each([
    ['ends by itself after close()', 'close', 0, 'closed'],
    ['also when a test failed', 'fail', 3, 'Error: the test failed'],
  ])('%s, and leaves nothing', async (_title, what, code, said) => {
    const { program, left } = start(what);
    expect(await program.nextLine()).toBe('healthy');
    expect(left()).toContain('io.temporal.testserver.TestServer');
    expect(await program.nextLine()).toBe(said);
    expect(await program.ended).toEqual({ code, signal: null });
    await until('the server has ended', () => left() === '');
  });

  test.each(['SIGKILL', 'SIGINT'] as const)('leaves no server when it is ended by %s', async (signal) => {
    const { program, left } = start('stay');
    expect(await program.nextLine()).toBe('healthy');
    program.child.kill(signal);
    await program.ended;
    await until('the server has ended', () => left() === '');
  });
});

function start(what: string) {
  const mark = `PODKEEPER_TEST_MARK=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  // A proxy that doesn't exist: nothing on this machine may use one.
  const environment = { ...process.env, https_proxy: 'http://127.0.0.1:9', [name]: value };
  const program = startTypeScript(join(__dirname, 'ownEnvironment.ts'), [bundle().codePath, what], environment);
  return { program, left: () => commandsOf(mark) };
}

/** The command lines of all processes with a variable in their environment. */
function commandsOf(mark: string): string {
  return processIds()
    .filter((pid) => processFile(pid, 'environ').split('\0').includes(mark))
    .map((pid) => processFile(pid, 'cmdline').replaceAll('\0', ' '))
    .filter((command) => command !== '')
    .join('\n');
}

test.each<[string, (here: TestPodkeeper, pod: PodHandle) => Promise<unknown>[]]>([
  ['a claim', (_here, pod) => [pod.healthy(), pod.result()]],
  // A call in flight when the connection closes would end the whole process a moment later.
  ['a time far away', (here) => [here.skip('1h')]],
])('close() rejects waits for %s, and doesn’t wait for an activity that never answers', async (_what, wait) => {
  const held = gate();
  const here = await testPodkeeper({
    activities: {
      observePod: async () => {
        await held.passed();
        throw new Error('unreachable');
      },
    },
  });
  const pod = await here.podkeeper.spawn({ image: 'render' });
  await held.reached();
  const skip = jest.spyOn(here.env, 'sleep');
  const waits = wait(here, pod).map(rejectionOf);
  await until('a skip is asked for', () => skip.mock.calls.length > 0);
  await here.close();
  for (const failure of await Promise.all(waits)) {
    expect(failure).toMatchObject({ kind: 'transport', message: 'the test Podkeeper has stopped: it is closed' });
  }
  await here.close();
});

test('it can be disposed of by the language', async () => {
  const here = await testPodkeeper();
  await here[Symbol.asyncDispose]();
  await expect(here.skip('1s')).rejects.toThrow('it is closed');
});
