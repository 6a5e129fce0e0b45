import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findServer, type ServerKind } from '../../src/servers';
import { CLI_ANSWER, type FakeRun, fakeRun, temporaryDirectory, writeScript } from './fakes';

const directory = temporaryDirectory();

/** A machine with only these programs on its PATH. */
function machine(...programs: string[]): NodeJS.ProcessEnv {
  const bin = join(directory(), 'bin');
  for (const program of programs) {
    writeScript(join(bin, program), 'exit 1');
  }
  return { PATH: bin, PODKEEPER_CACHE: join(directory(), 'cache') };
}

function find(kind: ServerKind, environment: NodeJS.ProcessEnv, { run }: FakeRun, path?: string) {
  return findServer(kind, { environment, run, path });
}

const answersVersion = { 'temporal --version': () => CLI_ANSWER };
const goWorks = {
  ...answersVersion,
  go: (gobin: string) => writeScript(join(gobin, 'temporal'), 'exit 0'),
};
const javaAnswer = (): string => `Usage: <command> <port> <flags>\n    java.home = ${join(directory(), 'jdk')}\n`;
const mavenWorks = {
  mvn: (target: string) => {
    mkdirSync(join(target, 'jars'));
    return '';
  },
  java: javaAnswer,
  'record classes': () => '',
};

function machineWithJava(): NodeJS.ProcessEnv {
  const jdk = join(directory(), 'jdk');
  writeScript(join(jdk, 'bin', 'java'), 'exit 1');
  return { ...machine('mvn'), JAVA_HOME: jdk };
}

describe('a given path', () => {
  test('is used before everything else', async () => {
    const environment = machine('temporal', 'go');
    const path = writeScript(join(directory(), 'mine', 'temporal'), 'exit 0');
    const commands = fakeRun(answersVersion);

    expect(await find('dev', environment, commands, path)).toEqual({
      kind: 'dev',
      path,
      version: '1.29.1',
      way: 'given',
    });
    expect(commands.ran).toEqual(['temporal --version']);
  });

  test.each([
    ['dev', 'PODKEEPER_TEMPORAL_CLI'],
    ['time-skipping', 'PODKEEPER_TEMPORAL_TEST_SERVER'],
  ] as const)('of the %s server may come from %s', async (kind, variable) => {
    const path = writeScript(join(directory(), 'mine'), 'exit 0');
    const environment = { ...machine(), [variable]: path };
    expect(await find(kind, environment, fakeRun(answersVersion))).toMatchObject({ path, way: 'given' });
  });

  test('that is not executable is an error, even if another way would work', async () => {
    const path = join(directory(), 'temporal');
    writeFileSync(path, 'text');
    const environment = { ...machine('temporal', 'go'), PODKEEPER_TEMPORAL_CLI: path };
    const commands = fakeRun(goWorks);

    await expect(find('dev', environment, commands)).rejects.toMatchObject({
      kind: 'validation',
      message: expect.stringMatching(
        new RegExp(`^The environment variable PODKEEPER_TEMPORAL_CLI is ${path}, which is not an executable file.`),
      ),
    });
    expect(commands.ran).toEqual([]);
  });

  test('to another program is an error', async () => {
    const path = writeScript(join(directory(), 'temporal'), 'exit 0');
    const commands = fakeRun({ 'temporal --version': () => 'temporal, the calendar app' });
    await expect(find('dev', machine(), commands, path)).rejects.toMatchObject({
      kind: 'validation',
      message: expect.stringContaining(`doesn't answer as the Temporal CLI does`),
    });
  });
});

describe('the order', () => {
  test('PATH comes before the download', async () => {
    const environment = machine('temporal', 'go');
    const commands = fakeRun(answersVersion);
    expect(await find('dev', environment, commands)).toEqual({
      kind: 'dev',
      path: join(directory(), 'bin', 'temporal'),
      version: '1.29.1',
      way: 'path',
    });
    expect(commands.ran).toEqual(['temporal --version']);
  });

  test('another program of that name on PATH is skipped', async () => {
    const commands = fakeRun({
      'temporal --version': () => (commands.ran.length === 1 ? 'calendar' : CLI_ANSWER),
      go: goWorks.go,
    });
    expect(await find('dev', machine('temporal', 'go'), commands)).toMatchObject({ way: 'go' });
  });

  test('the download comes before Go', async () => {
    const commands = fakeRun({
      sdk: (target) => {
        writeScript(join(target, 'temporal-sdk-typescript'), 'exit 0');
        return 'banner\nserver-version=1.30.0\n';
      },
    });
    expect(await find('dev', machine('go'), commands)).toMatchObject({ version: '1.30.0', way: 'download' });
    expect(commands.ran).toEqual(['sdk']);
  });

  test('Go comes after a failed download, and leaves only its server', async () => {
    const commands = fakeRun(goWorks);
    const found = await find('dev', machine('go'), commands);
    expect(found).toMatchObject({ version: '1.29.1', way: 'go' });
    expect(existsSync(found.path)).toBe(true);
    expect(commands.ran).toEqual(['sdk', 'go', 'temporal --version']);
    expect(readdirSync(join(directory(), 'cache', 'servers'))).toEqual(['dev']);
    expect(readdirSync(join(directory(), 'cache', 'servers', 'dev'))).toEqual(['go-v1.5.1']);
  });

  test('Maven comes after a failed download of the time-skipping server', async () => {
    const commands = fakeRun(mavenWorks);
    const found = await find('time-skipping', machineWithJava(), commands);
    expect(found).toMatchObject({ version: '1.38.0', way: 'maven' });
    expect(commands.ran).toEqual(['sdk', 'mvn', 'java', 'java', 'record classes']);
  });

  test('works without a class archive if Java can not make one', async () => {
    const { 'record classes': _, ...withoutArchive } = mavenWorks;
    const commands = fakeRun(withoutArchive);
    expect(await find('time-skipping', machineWithJava(), commands)).toMatchObject({ way: 'maven' });
  });
});

describe('the cache', () => {
  test('is used the second time, before PATH, without running anything', async () => {
    const installed = await find('dev', machine('go'), fakeRun(goWorks));
    const commands = fakeRun({});
    expect(await find('dev', machine('go', 'temporal'), commands)).toEqual({
      kind: 'dev',
      path: installed.path,
      version: '1.29.1',
      way: 'cache',
      installedBy: 'go',
    });
    expect(commands.ran).toEqual([]);
  });

  test('is not used if the Java of its launcher is gone', async () => {
    const environment = machineWithJava();
    await find('time-skipping', environment, fakeRun(mavenWorks));
    expect(await find('time-skipping', environment, fakeRun({}))).toMatchObject({ way: 'cache' });

    rmSync(join(directory(), 'jdk'), { recursive: true });
    await expect(find('time-skipping', environment, fakeRun({}))).rejects.toMatchObject({ kind: 'not_found' });
  });

  test('keeps nothing of an installation that fails', async () => {
    const commands = fakeRun({ ...goWorks, 'temporal --version': () => 'Segmentation fault' });
    await expect(find('dev', machine('go'), commands)).rejects.toMatchObject({ kind: 'not_found' });
    expect(readdirSync(join(directory(), 'cache', 'servers', 'dev'))).toEqual([]);
  });

  test('is filled once by two searches at the same time', async () => {
    const environment = machine('go');
    const commands = fakeRun(goWorks);
    const found = await Promise.all([find('dev', environment, commands), find('dev', environment, commands)]);
    expect(found.map(({ way }) => way).toSorted()).toEqual(['cache', 'go']);
    expect(commands.ran.filter((name) => name === 'go')).toEqual(['go']);
  });
});

describe('if nothing works', () => {
  test('the error names every way, why it failed and what to do', async () => {
    const error: unknown = await find('dev', machine(), fakeRun({})).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'not_found' });
    expect((error as Error).message.split('\n')).toEqual([
      "Temporal's dev server was not found and could not be installed. Tried:",
      '  - PODKEEPER_TEMPORAL_CLI: not set',
      `  - cache ${join(directory(), 'cache', 'servers', 'dev')}: has none that this version can use`,
      '  - PATH: there is no "temporal" on it',
      expect.stringMatching(
        /^ {2}- download from temporal\.download by the Temporal SDK [\d.]+: sdk is not available$/,
      ),
      '  - go install github.com/temporalio/cli/cmd/temporal@v1.5.1: there is no "go" on PATH',
      expect.stringMatching(/^Install the Temporal CLI .* run "podkeeper servers" again\.$/),
    ]);
  });

  test.each([
    ['mvn', 'there is no "java" on PATH or in JAVA_HOME'],
    ['java', 'there is no "mvn" on PATH'],
  ])('with only %s, it says that %s', async (program, reason) => {
    await expect(find('time-skipping', machine(program), fakeRun({}))).rejects.toMatchObject({
      kind: 'not_found',
      details: { tried: expect.arrayContaining([{ way: expect.stringContaining('Maven'), reason }]) },
    });
  });

  test('names a cache that can not be written', async () => {
    const environment = { ...machine('go'), PODKEEPER_CACHE: join(directory(), 'file') };
    writeFileSync(join(directory(), 'file'), '');
    await expect(find('dev', environment, fakeRun(goWorks))).rejects.toMatchObject({
      message: expect.stringMatching(/installation into .*ENOTDIR/),
    });
  });
});
