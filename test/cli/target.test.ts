import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devDeployment, devDirectory, runningDev, writeDevFacts } from '../../src/cli/devState';
import type { DevFacts } from '../../src/cli/devState';
import { identityOf, isRunning } from '../../src/cli/processIdentity';
import { findTarget } from '../../src/cli/target';

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'podkeeper-target-'));
  env = { PODKEEPER_HOME: home, TEMPORAL_CONFIG_FILE: join(home, 'temporal.toml') };
});
afterEach(() => rmSync(home, { recursive: true }));

const target = (changes: NodeJS.ProcessEnv = {}, options = {}) =>
  findTarget(options, { env: { ...env, ...changes }, cwd: home });

/** A `podkeeper dev` that this process plays. */
function playDev(changes: Partial<DevFacts> = {}): void {
  const me = identityOf(process.pid);
  mkdirSync(devDirectory(env), { recursive: true });
  writeDevFacts(devDirectory(env), {
    address: '127.0.0.1:4711',
    uiUrl: 'http://127.0.0.1:4712',
    namespace: 'default',
    deployment: 'devabc',
    process: me,
    server: me,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  });
}

describe('a podkeeper dev that runs', () => {
  test('is talked to when nothing is configured', () => {
    playDev();
    const { connection, configuration, dev } = target();

    expect(connection.address).toBe('127.0.0.1:4711');
    expect(configuration.deployment).toBe('devabc');
    expect(dev?.process.pid).toBe(process.pid);
  });

  test('is talked to when its own deployment is named', () => {
    playDev();
    expect(target({ PODKEEPER_DEPLOYMENT: 'devabc' }).connection.address).toBe('127.0.0.1:4711');
  });

  test('gives way to an address', () => {
    playDev();
    const found = target({ TEMPORAL_ADDRESS: 'there:7233', PODKEEPER_DEPLOYMENT: 'prod' });

    expect(found).toMatchObject({ connection: { address: 'there:7233' }, namespace: 'default', dev: null });
  });

  test('gives way to another deployment, which is where Temporal usually is', () => {
    playDev();
    const found = target({ PODKEEPER_DEPLOYMENT: 'prod' });

    expect(found).toMatchObject({ connection: { address: 'localhost:7233' }, dev: null });
  });

  test('that was killed is not there', () => {
    playDev({ process: { ...identityOf(process.pid), startTime: 1 } });

    expect(runningDev(devDirectory(env))).toBeUndefined();
    expect(() => target()).toThrow("no 'podkeeper dev' runs");
  });
});

test('a file names the deployment, an option another', () => {
  writeFileSync(join(home, 'podkeeper.yaml'), 'deployment: filed\n');

  expect(target().configuration.deployment).toBe('filed');
  expect(target({}, { deployment: 'given' }).configuration.deployment).toBe('given');
});

test('a mistake in the file is told, not taken for a missing deployment', () => {
  writeFileSync(join(home, 'podkeeper.yaml'), 'deployment: Filed\n');
  playDev();

  expect(() => target()).toThrow('podkeeper.yaml:1: deployment: must be 1 to 8 of a-z and 0-9');
});

test("Temporal's profile gives address, namespace and key", () => {
  const file = join(home, 'temporal.toml');
  writeFileSync(file, '[profile.work]\naddress = "work:7233"\nnamespace = "pods"\napi_key = "k"\n');

  expect(target({ PODKEEPER_DEPLOYMENT: 'prod' }, { profile: 'work' })).toMatchObject({
    connection: { address: 'work:7233', apiKey: 'k' },
    namespace: 'pods',
  });
});

test('the deployment of podkeeper dev is made once', () => {
  const made = devDeployment(devDirectory(env));

  expect(made).toMatch(/^dev[a-z2-7]{5}$/);
  expect(devDeployment(devDirectory(env))).toBe(made);
});

test('a process is known by more than its number', () => {
  const me = identityOf(process.pid);

  expect(isRunning(me)).toBe(true);
  expect(isRunning({ ...me, startTime: (me.startTime ?? 0) + 1 })).toBe(false);
  expect(isRunning({ ...me, bootId: 'another' })).toBe(false);
  expect(isRunning({ ...me, startTime: null, bootId: null })).toBe(true);
});
