import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/model';
import type { Configuration, ConfigurationSources } from '../../src/schema';
import { defaultAccounts, loadConfiguration } from '../../src/schema';
import { refusalOf } from './refusal';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'podkeeper-configuration-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function load(content: string | null, sources: Partial<ConfigurationSources> = {}): Configuration {
  if (content !== null) writeFileSync(path.join(directory, 'podkeeper.yaml'), content);
  return loadConfiguration({ env: {}, cwd: directory, hostname: 'box', ...sources });
}

function refusalIn(content: string | null, sources: Partial<ConfigurationSources> = {}): string {
  const refusal = refusalOf(() => load(content, sources));
  expect(refusal.kind).toBe('validation');
  return refusal.message.replaceAll(`${directory}/`, '');
}

const LOCAL = { provider: 'local' } as const;

describe('reads', () => {
  test('a full file', () => {
    const configuration = load(`
deployment: prod
accounts:
  local-box:
    provider: local
    hourlyPrice: 0.5
    directory: pods
    stopGrace: 10s
  local-other: { provider: local, directory: /srv/pods, hourlyPrice: 0 }
settings:
  createTimeout: 90s
  listLag: 2m
  alarmAfter: [1m, 1h]
  maxLifetime: 60m
`);

    expect(configuration).toEqual({
      deployment: 'prod',
      accounts: {
        'local-box': {
          provider: 'local',
          hourlyPrice: 0.5,
          directory: path.join(directory, 'pods'),
          stopGraceMs: 10_000,
        },
        'local-other': { provider: 'local', hourlyPrice: 0, directory: '/srv/pods' },
      },
      settings: {
        ...DEFAULT_SETTINGS,
        createTimeoutMs: 90_000,
        listLagMs: 120_000,
        alarmAfterMs: [60_000, 3_600_000],
        maxLifetimeMs: 3_600_000,
      },
      gpus: [],
      codec: null,
      file: path.join(directory, 'podkeeper.yaml'),
    });
  });

  test('no file: defaults, and the machine as the only account', () => {
    expect(load(null, { env: { PODKEEPER_DEPLOYMENT: 'dev' } })).toEqual({
      deployment: 'dev',
      accounts: { 'local-box': LOCAL },
      settings: DEFAULT_SETTINGS,
      gpus: [],
      codec: null,
      file: null,
    });
  });

  test('a payload codec: a module relative to the file, or a server', () => {
    expect(load('deployment: dev\ncodec: { module: codecs/own.mjs }\n').codec).toEqual({
      module: path.join(directory, 'codecs', 'own.mjs'),
    });
    const endpoint = 'https://codec.test/{namespace}';
    expect(load(`deployment: dev\ncodec: { endpoint: '${endpoint}' }\n`).codec).toEqual({ endpoint });
  });

  test.each([
    '{}',
    '{ module: a.mjs, endpoint: "https://codec.test" }',
    '{ endpoint: codec.test }',
    '{ auth: x }',
    'a.mjs',
  ])('codec: %s is refused', (codec) => {
    expect(() => load(`deployment: dev\ncodec: ${codec}\n`)).toThrow(
      expect.objectContaining({
        kind: 'validation',
        details: expect.arrayContaining([expect.objectContaining({ path: expect.stringMatching(/^codec/) })]),
      }),
    );
  });

  test('sections with all lines commented out', () => {
    const { accounts, settings } = load('deployment: dev\naccounts:\n  # a: …\nsettings:\n');

    expect(accounts).toEqual({ 'local-box': LOCAL });
    expect(settings).toEqual(DEFAULT_SETTINGS);
  });

  test('every setting', () => {
    const names = Object.keys(DEFAULT_SETTINGS).map((name) => name.replace(/Ms$/, ''));
    const lines = names.map((name) => `  ${name}: ${name === 'alarmAfter' ? '[7m]' : '7m'}`);
    const relaxed = ['sendWindow: 1m', 'heartbeatInterval: 1m', 'heartbeatTimeout: 2m'];
    const kept = lines.filter((line) => !relaxed.some((other) => line.trim().split(':')[0] === other.split(':')[0]));
    const { settings } = load(`deployment: dev\nsettings:\n  ${relaxed.join('\n  ')}\n${kept.join('\n')}\n`);

    expect(Object.keys(settings).toSorted()).toEqual(Object.keys(DEFAULT_SETTINGS).toSorted());
    expect(settings).toMatchObject({ alarmEveryMs: 420_000, alarmAfterMs: [420_000], heartbeatTimeoutMs: 120_000 });
  });

  test('defaults that obey the rules', () => {
    expect(() => load('deployment: dev\n')).not.toThrow();
  });
});

describe('precedence', () => {
  test('environment over file, override over environment', () => {
    const env = { PODKEEPER_DEPLOYMENT: 'env' };

    expect(load('deployment: file\n').deployment).toBe('file');
    expect(load('deployment: file\n', { env }).deployment).toBe('env');
    expect(load('deployment: file\n', { env, overrides: { deployment: 'flag' } }).deployment).toBe('flag');
  });

  test('an empty variable counts as unset', () => {
    expect(load('deployment: file\n', { env: { PODKEEPER_DEPLOYMENT: ' ', PODKEEPER_CONFIG: '' } }).deployment).toBe(
      'file',
    );
  });

  test('the file of PODKEEPER_CONFIG over podkeeper.yaml, an override over both', () => {
    writeFileSync(path.join(directory, 'other.yaml'), 'deployment: other\n');
    writeFileSync(path.join(directory, 'third.yaml'), 'deployment: third\n');
    const env = { PODKEEPER_CONFIG: 'other.yaml' };

    expect(load('deployment: file\n', { env }).deployment).toBe('other');
    expect(load('deployment: file\n', { env, overrides: { file: 'third.yaml' } }).deployment).toBe('third');
  });

  test('settings one by one, accounts as a whole', () => {
    const { accounts, settings } = load(
      'deployment: dev\naccounts:\n  one: { provider: local }\nsettings:\n  listLag: 5s\n  bootPoll: 1s\n',
      { overrides: { accounts: { two: LOCAL }, settings: { bootPollMs: 50 } } },
    );

    expect(Object.keys(accounts)).toEqual(['two']);
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, listLagMs: 5_000, bootPollMs: 50 });
  });
});

describe('refuses', () => {
  const DEPLOYMENT = "1 to 8 of a-z and 0-9, for instance 'prod'";
  const DURATION = "a duration such as '90s', '30m' or '1h30m', at most 30d";
  const SLUG = "must be 1 to 36 of a-z and 0-9, with single hyphens between them, for instance 'local-1'";

  test.each<[what: string, lines: string, message: string]>([
    ['a deployment with capitals', 'deployment: Prod', `podkeeper.yaml:1: deployment: must be ${DEPLOYMENT}`],
    ['a deployment that is a number', 'deployment: 7', `podkeeper.yaml:1: deployment: must be ${DEPLOYMENT}`],
    ['a long deployment', 'deployment: production', `podkeeper.yaml:1: deployment: must be ${DEPLOYMENT}`],
    [
      'an unknown section',
      'deployment: dev\nacounts: {}',
      'podkeeper.yaml:2: acounts: is not a field; did you mean accounts?',
    ],
    [
      'accounts as a list',
      'accounts: []',
      "podkeeper.yaml:1: accounts: must be a map of names to accounts, for instance { local-1: { provider: 'local' } }",
    ],
    ['an account with capitals', 'accounts:\n  GPU: { provider: local }', `podkeeper.yaml:2: accounts.GPU: ${SLUG}`],
    [
      'an account of nothing',
      'accounts:\n  a:',
      "podkeeper.yaml:2: accounts.a: is empty: leave it out, or give an account such as { provider: 'local' }",
    ],
    [
      'an account without provider',
      'accounts:\n  a: {}',
      "podkeeper.yaml:2: accounts.a.provider: must be the name of a provider: 'local', 'runpod' or 'mock'",
    ],
    [
      'an unknown provider',
      'accounts:\n  a:\n    provider: azure',
      "podkeeper.yaml:3: accounts.a.provider: must be the name of a provider: 'local', 'runpod' or 'mock'",
    ],
    [
      'an unknown option',
      'accounts:\n  a:\n    provider: local\n    stopGraceMs: 5',
      'podkeeper.yaml:4: accounts.a.stopGraceMs: is not a field; did you mean stopGrace?',
    ],
    [
      'a negative price',
      'accounts:\n  a:\n    provider: local\n    hourlyPrice: -1',
      'podkeeper.yaml:4: accounts.a.hourlyPrice: must be a price in USD per hour, from 0, at most 100000, for instance 2.5',
    ],
    [
      "a home's sign",
      'accounts:\n  a:\n    provider: local\n    directory: ~/pods',
      "podkeeper.yaml:4: accounts.a.directory: must be a directory's path, absolute or relative to the configuration file; ~ is not replaced",
    ],
    [
      'a setting in ms',
      'settings:\n  createTimeoutMs: 5',
      'podkeeper.yaml:2: settings.createTimeoutMs: is not a field; did you mean createTimeout?',
    ],
    ['a setting of 0', 'settings:\n  bootPoll: 0', `podkeeper.yaml:2: settings.bootPoll: must be ${DURATION}`],
    [
      'a setting without unit',
      "settings:\n  bootPoll: '5'",
      'podkeeper.yaml:2: settings.bootPoll: has no unit. 5 what? Write 5s, 5m or 5h',
    ],
    [
      'a setting that is a bare number',
      'settings:\n  callTimeout: 30',
      'podkeeper.yaml:2: settings.callTimeout: has no unit. 30 what? Write 30s, 30m or 30h',
    ],
    [
      'a bare number in a list of durations',
      'settings:\n  alarmAfter: [5m, 24]',
      'podkeeper.yaml:2: settings.alarmAfter[1]: has no unit. 24 what? Write 24s, 24m or 24h',
    ],
    [
      'a bare number in an account',
      'accounts:\n  a:\n    provider: local\n    stopGrace: 5000',
      'podkeeper.yaml:4: accounts.a.stopGrace: has no unit. 5000 what? Write 5000s, 5000m or 5000h',
    ],
    [
      'a setting that no cloud can keep',
      'settings:\n  callTimeout: 30ms',
      'podkeeper.yaml:2: settings.callTimeout: is only 30ms, and must be at least 100ms: no cloud answers as fast',
    ],
    [
      'no alarms',
      'settings:\n  alarmAfter: []',
      "podkeeper.yaml:2: settings.alarmAfter: must be a list of durations such as ['5m', '15m', '1h']",
    ],
    [
      'alarms out of order',
      'settings:\n  alarmAfter: [5m, 5m]',
      'podkeeper.yaml:2: settings.alarmAfter: must ascend: the first alarm first',
    ],
    [
      'a late send',
      'settings:\n  sendWindow: 15s',
      'podkeeper.yaml:2: settings.sendWindow: must be shorter than heartbeatTimeout (15s), and is 15s: otherwise a create whose worker was lost could still send its request',
    ],
    [
      'a short create',
      'settings:\n  createTimeout: 15s',
      'podkeeper.yaml:1: settings.heartbeatTimeout: must be shorter than createTimeout (15s), and is 15s: otherwise a lost worker would be noticed no earlier than a slow create',
    ],
    [
      'a slow heart',
      'settings:\n  heartbeatInterval: 8s',
      'podkeeper.yaml:2: settings.heartbeatInterval: must be at most half of heartbeatTimeout (15s), and is 8s: otherwise one late heartbeat would take a call away from a worker that runs',
    ],
    [
      'a create backoff upside down',
      'settings:\n  createBackoff: 3m',
      'podkeeper.yaml:2: settings.createBackoff: must be at most createBackoffMax (2m), and is 3m: otherwise the first wait would be longer than the longest',
    ],
    [
      'an end backoff upside down',
      'settings:\n  endBackoff: 3m',
      'podkeeper.yaml:2: settings.endBackoff: must be at most endBackoffMax (2m), and is 3m: otherwise the first wait would be longer than the longest',
    ],
    [
      'a life shorter than its start',
      'settings:\n  maxLifetime: 5m',
      'podkeeper.yaml:1: settings.startupTimeout: must be at most maxLifetime (5m), and is 15m: otherwise a claim would end while its pod may still boot',
    ],
    [
      '__proto__',
      'accounts:\n  __proto__: { provider: local }',
      "podkeeper.yaml:2: accounts.__proto__: can't be a key: remove it",
    ],
  ])('%s', (_what, lines, message) => {
    expect(refusalIn(`${lines}\n`, { env: { PODKEEPER_DEPLOYMENT: 'dev' } })).toBe(`Invalid configuration: ${message}`);
  });

  test('a file that is not YAML, with the line', () => {
    expect(refusalIn('deployment: dev\ndeployment: prod\n')).toBe(
      'podkeeper.yaml:2: is not valid YAML: a key is duplicated: remove one',
    );
  });

  test('a file that does not exist', () => {
    expect(refusalIn(null, { env: { PODKEEPER_CONFIG: 'gone.yaml' } })).toBe(
      'gone.yaml: does not exist: check the path',
    );
  });

  test('a missing deployment', () => {
    expect(refusalIn(null)).toBe(
      `Invalid configuration: deployment: is missing: set PODKEEPER_DEPLOYMENT, or write it into podkeeper.yaml as 'deployment: prod'. It is ${DEPLOYMENT}, marks the pods of this installation, and must not change while they live`,
    );
  });

  test('a wrong deployment in the environment', () => {
    expect(refusalIn(null, { env: { PODKEEPER_DEPLOYMENT: 'Prod!' } })).toBe(
      `Invalid configuration: PODKEEPER_DEPLOYMENT: must be ${DEPLOYMENT}`,
    );
  });

  test('settings of a program that are not durations', () => {
    const overrides = { deployment: 'dev', settings: { bootPollMs: -1, listLagMs: Number.NaN } };

    expect(refusalIn(null, { overrides })).toBe(
      'Invalid configuration:\n  settings.listLag: must be a whole number of ms, at least 1\n  settings.bootPoll: must be a whole number of ms, at least 1',
    );
  });
});

describe('keys in the file', () => {
  test.each<[what: string, lines: string, message: string]>([
    [
      'of a provider we know',
      'accounts:\n  a:\n    provider: runpod\n    apiKey: hush',
      "podkeeper.yaml:4: accounts.a.apiKey: must not be in a file: remove it, and set RUNPOD_API_KEY in the worker's environment",
    ],
    [
      'of the local provider',
      'accounts:\n  a:\n    provider: local\n    token: hush',
      "podkeeper.yaml:4: accounts.a.token: must not be in a file: remove it, and set no key: the provider 'local' needs none",
    ],
    [
      'of a provider we do not know',
      'accounts:\n  a:\n    provider: azure\n    access-key: hush',
      "podkeeper.yaml:4: accounts.a.access-key: must not be in a file: remove it, and set it in the worker's environment",
    ],
    [
      'beside the accounts',
      'api_key: hush',
      "podkeeper.yaml:1: api_key: must not be in a file: remove it, and set it in the worker's environment",
    ],
  ])('%s are refused and not repeated', (_what, lines, message) => {
    const refusal = refusalIn(`${lines}\n`, { env: { PODKEEPER_DEPLOYMENT: 'dev' } });

    expect(refusal).toContain(message);
    expect(refusal).not.toContain('hush');
  });

  test('an account can have any name', () => {
    expect(Object.keys(load('deployment: dev\naccounts:\n  token: { provider: local }\n').accounts)).toEqual(['token']);
  });
});

describe('defaultAccounts', () => {
  test.each([
    ['box', 'local-box'],
    ['GPU1.example.com', 'local-gpu1-example-com'],
    ['a'.repeat(30), `local-${'a'.repeat(30)}`],
  ])('%s is called %s', (hostname, name) => {
    expect(defaultAccounts(hostname)).toEqual({ [name]: LOCAL });
  });

  test.each(['a'.repeat(31), `${'a'.repeat(22)}-${'b'.repeat(40)}`, 'my_box', 'büro', '—', '', '-box-', 'a--b'])(
    '%j is a valid name, which no other machine has',
    (hostname) => {
      const names = [hostname, `${hostname}x`, `${hostname}_`].flatMap((host) => Object.keys(defaultAccounts(host)));

      expect(new Set(names).size).toBe(3);
      for (const name of names) expect(name).toMatch(/^(?=.{1,36}$)local(?:-[a-z0-9]+)+$/);
    },
  );
});
