import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devDeployment, devDirectory, devHostname, runningDev, writeDevFacts } from '../../src/cli/devState';
import type { DevFacts } from '../../src/cli/devState';
import { identityOf, isRunning } from '../../src/cli/localProcesses';
import { findTarget } from '../../src/cli/target';
import { CLIENT_CERTIFICATE, CLIENT_KEY, SERVER_KEY } from '../support/certificates';

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'podkeeper-target-'));
  env = { PODKEEPER_HOME: home, TEMPORAL_CONFIG_FILE: join(home, 'temporal.toml') };
});
afterEach(() => rmSync(home, { recursive: true }));

const target = (changes: NodeJS.ProcessEnv = {}, options = {}) =>
  findTarget(options, { env: { ...env, ...changes }, cwd: home });

/** Pretends that this process is a `podkeeper dev`. */
function playDev(changes: Partial<DevFacts> = {}): void {
  const me = identityOf(process.pid);
  mkdirSync(devDirectory(env), { recursive: true });
  writeDevFacts(devDirectory(env), {
    address: '127.0.0.1:4711',
    uiUrl: 'http://127.0.0.1:4712',
    namespace: 'default',
    deployment: 'devabc',
    accounts: {},
    process: me,
    server: me,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  });
}

describe('a running podkeeper dev', () => {
  test('is used when nothing is configured', () => {
    playDev();
    const { connection, configuration, dev } = target();

    expect(connection.address).toBe('127.0.0.1:4711');
    expect(configuration.deployment).toBe('devabc');
    expect(dev?.process.pid).toBe(process.pid);
  });

  test('is used when its own deployment is named', () => {
    playDev();
    expect(target({ PODKEEPER_DEPLOYMENT: 'devabc' }).connection.address).toBe('127.0.0.1:4711');
  });

  test('is not used when an address is set', () => {
    playDev();
    const found = target({ TEMPORAL_ADDRESS: 'there:7233', PODKEEPER_DEPLOYMENT: 'prod' });

    expect(found).toMatchObject({ connection: { address: 'there:7233' }, namespace: 'default', dev: null });
  });

  test('is not used for another deployment, which is looked for at Temporal’s default address', () => {
    playDev();
    const found = target({ PODKEEPER_DEPLOYMENT: 'prod' });

    expect(found).toMatchObject({ connection: { address: 'localhost:7233' }, dev: null });
  });

  test('counts as absent after it was killed', () => {
    playDev({ process: { ...identityOf(process.pid), startTime: 1 } });

    expect(runningDev(devDirectory(env))).toBeUndefined();
    expect(() => target()).toThrow("no 'podkeeper dev' is running");
  });
});

test('the file names the deployment; an option overrides it', () => {
  writeFileSync(join(home, 'podkeeper.yaml'), 'deployment: filed\n');

  expect(target().configuration.deployment).toBe('filed');
  expect(target({}, { deployment: 'given' }).configuration.deployment).toBe('given');
});

test('an error in the file is reported, not taken for a missing deployment', () => {
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

test('a namespace that is set is used with podkeeper dev too', () => {
  playDev();
  expect(target({ TEMPORAL_NAMESPACE: 'nope' })).toMatchObject({
    connection: { address: '127.0.0.1:4711' },
    namespace: 'nope',
  });
});

test('empty TEMPORAL_ variables count as unset', () => {
  playDev();
  const empty = Object.fromEntries(
    ['ADDRESS', 'NAMESPACE', 'API_KEY', 'PROFILE', 'TLS', 'TLS_SERVER_CA_CERT_PATH', 'TLS_SERVER_NAME'].map((name) => [
      `TEMPORAL_${name}`,
      ' ',
    ]),
  );
  expect(target(empty)).toMatchObject({ connection: { address: '127.0.0.1:4711' }, namespace: 'default' });
  const elsewhere = target({ ...empty, PODKEEPER_DEPLOYMENT: 'prod' });
  expect(elsewhere).toMatchObject({ connection: { address: 'localhost:7233', tls: undefined, apiKey: undefined } });
});

test('an empty gRPC header variable removes the profile’s header, as in Temporal’s tools', () => {
  const file = join(home, 'temporal.toml');
  writeFileSync(file, '[profile.default]\naddress = "work:7233"\n[profile.default.grpc_meta]\nteam = "a"\n');
  const named = { PODKEEPER_DEPLOYMENT: 'prod' };

  expect(target(named).connection.metadata).toEqual({ team: 'a' });
  expect(target({ ...named, TEMPORAL_GRPC_META_TEAM: '' }).connection.metadata).toEqual({});
});

test.each<[address: string, hint: string]>([
  ['https://temporal.acme.test:7233', 'temporal.acme.test:7233; to use TLS, set TEMPORAL_TLS=true'],
  ['http://temporal.acme.test', 'temporal.acme.test:7233'],
  ['dns:///temporal.acme.test:7233', 'host:port'],
  ['temporal.acme.test:7233/', 'host:port'],
  ['::1:7233', 'host:port'],
  ['user@temporal.acme.test:7233', 'host:port'],
])('the address %s is refused, and its right form is shown', (TEMPORAL_ADDRESS, hint) => {
  expect(() => target({ TEMPORAL_ADDRESS, PODKEEPER_DEPLOYMENT: 'prod' })).toThrow(
    expect.objectContaining({
      kind: 'validation',
      exitCode: 2,
      message: expect.stringMatching(/^TEMPORAL_ADDRESS must be host:port/),
    }),
  );
  expect(() => target({ TEMPORAL_ADDRESS, PODKEEPER_DEPLOYMENT: 'prod' })).toThrow(hint);
});

test.each(['temporal:7233', 'temporal', '10.0.0.1:7233', '[::1]:7233', 'my_host.svc.cluster.local:7233'])(
  'the address %s is accepted',
  (TEMPORAL_ADDRESS) => {
    expect(target({ TEMPORAL_ADDRESS, PODKEEPER_DEPLOYMENT: 'prod' }).connection.address).toBe(TEMPORAL_ADDRESS);
  },
);

describe('a wrong TLS setting is refused, and its variable named', () => {
  const there = { TEMPORAL_ADDRESS: 'there:7233', PODKEEPER_DEPLOYMENT: 'prod' };
  const refused = expect.objectContaining({ kind: 'validation', exitCode: 2 });

  test.each<[NodeJS.ProcessEnv, RegExp]>([
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' }, /^TEMPORAL_TLS_SERVER_CA_CERT_PATH: .*ENOENT/],
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'garbage.pem' }, /^TEMPORAL_TLS_SERVER_CA_CERT_PATH/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.pem' }, /^TEMPORAL_TLS_CLIENT_CERT_PATH .*TEMPORAL_TLS_CLIENT_KEY_PATH/],
    [{ TEMPORAL_TLS_CLIENT_KEY_PATH: 'client.key' }, /^TEMPORAL_TLS_CLIENT_KEY_PATH .*TEMPORAL_TLS_CLIENT_CERT_PATH/],
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'garbage.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: 'client.key' },
      /^TEMPORAL_TLS_CLIENT_CERT_PATH/,
    ],
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: 'garbage.pem' },
      /^TEMPORAL_TLS_CLIENT_KEY_PATH/,
    ],
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: 'server.key' },
      /^TEMPORAL_TLS_CLIENT_KEY_PATH/,
    ],
    [{ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }, /^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION/],
  ])('%j', (names, message) => {
    const files = { 'garbage.pem': 'none', 'client.pem': CLIENT_CERTIFICATE, 'client.key': CLIENT_KEY };
    for (const [name, text] of Object.entries({ ...files, 'server.key': SERVER_KEY })) {
      writeFileSync(join(home, name), text);
    }
    const env = Object.fromEntries(
      Object.entries(names).map(([name, file = '']) => [name, /^[a-z]+\./.test(file) ? join(home, file) : file]),
    );
    expect(() => target({ ...there, ...env })).toThrow(refused);
    expect(() => target({ ...there, ...env })).toThrow(message);
  });
});

describe('the host name in the account of podkeeper dev', () => {
  const directory = () => devDirectory(env);

  test('stays when the machine is renamed', () => {
    expect(devHostname(directory(), { hostname: 'johns-mbp', id: 'a' })).toBe('johns-mbp');
    expect(devHostname(directory(), { hostname: 'dhcp-17-home', id: 'a' })).toBe('johns-mbp');
  });

  test('stays on a system without a machine id', () => {
    expect(devHostname(directory(), { hostname: 'johns-mbp', id: null })).toBe('johns-mbp');
    expect(devHostname(directory(), { hostname: 'dhcp-17-home', id: null })).toBe('johns-mbp');
  });

  test('is another one on another machine, which has none of the processes', () => {
    expect(devHostname(directory(), { hostname: 'desk', id: 'a' })).toBe('desk');
    expect(devHostname(directory(), { hostname: 'laptop', id: 'b' })).toBe('laptop');
  });

  test('is determined anew when its file is corrupt', () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(join(directory(), 'machine.json'), '{"hostname');
    expect(devHostname(directory(), { hostname: 'desk', id: 'a' })).toBe('desk');
    expect(devHostname(directory(), { hostname: 'other', id: 'a' })).toBe('desk');
  });
});

test('the deployment of podkeeper dev is generated once', () => {
  const made = devDeployment(devDirectory(env));

  expect(made).toMatch(/^dev[a-z2-7]{5}$/);
  expect(devDeployment(devDirectory(env))).toBe(made);
});

test('a process is identified by its start time and boot, not by its pid alone', () => {
  const me = identityOf(process.pid);

  expect(isRunning(me)).toBe(true);
  expect(isRunning({ ...me, startTime: (me.startTime ?? 0) + 1 })).toBe(false);
  expect(isRunning({ ...me, bootId: 'another' })).toBe(false);
  expect(isRunning({ ...me, startTime: null, bootId: null })).toBe(true);
});
