import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEFAULT_SETTINGS } from '../../src/model';
import { dockerfileStages, instructionsOf, isDockerIgnored } from '../packaging/support/dockerfile';
import { ROOT, read } from './markdown';

interface Service {
  image: string;
  build?: string;
  profiles?: string[];
  restart: string;
  ports?: string[];
  volumes?: (string | { source: string; target: string; read_only?: boolean })[];
  environment: Record<string, string | null>;
  env_file?: { path: string; required: boolean }[];
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  healthcheck: { test: string[] };
}

const { services, volumes } = parse(read('docker-compose.temporal.yml'), { strict: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { worker } = services;

test('Temporal, its database and its UI; a worker for those who ask for one', () => {
  const images = Object.values(services).map(({ image }) => image.split(':')[0]);
  const always = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);

  expect(images).toEqual(['postgres', 'temporalio/auto-setup', 'temporalio/ui', 'podkeeper']);
  expect(always.map(([name]) => name)).toEqual(['postgresql', 'temporal', 'ui']);
});

describe.each(Object.entries(services))('%s', (_name, service) => {
  test('is pinned by version, comes back by itself, and says whether it is healthy', () => {
    expect(service.image).toMatch(/^[\w/-]+:\d+\.\d+(?:\.\d+)?$/);
    expect(service.restart).toBe('unless-stopped');
    expect(service.healthcheck.test[0]).toBe('CMD');
  });

  test('waits for those it needs to be healthy', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(services).toHaveProperty(other);
      expect(services[other]?.profiles).toBeUndefined();
      expect(condition).toBe('service_healthy');
    }
  });

  test('has no port open to other machines', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('keeps what it keeps in a volume with a name, and may only read what is ours', () => {
    for (const volume of service.volumes ?? []) {
      const [source = '', , mode] =
        typeof volume === 'string' ? volume.split(':') : [volume.source, '', volume.read_only];
      if (source.startsWith('./')) expect(['ro', true]).toContain(mode);
      else expect(volumes).toHaveProperty(source);
    }
  });
});

test('the database is the one that the server asks, with the same password', () => {
  const { postgresql, temporal } = services;

  expect(temporal?.environment).toMatchObject({ DB: 'postgres12', POSTGRES_SEEDS: 'postgresql' });
  expect(temporal?.environment['POSTGRES_USER']).toBe(postgresql?.environment['POSTGRES_USER']);
  expect(temporal?.environment['POSTGRES_PWD']).toBe(postgresql?.environment['POSTGRES_PASSWORD']);
});

test('the server reads the settings that the tests run under', () => {
  const path = services['temporal']?.environment['DYNAMIC_CONFIG_FILE_PATH'] ?? '';

  expect(services['temporal']?.volumes).toEqual([`./config/temporal.yaml:${join('/etc/temporal', path)}:ro`]);
});

describe('the worker', () => {
  test('is built here, of the version there is', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };

    expect(worker?.build).toBe('.');
    expect(worker?.image).toBe(`podkeeper:${version}`);
  });

  test('gets its keys from outside: no value of a secret stands in the file', () => {
    const { TEMPORAL_ADDRESS: address, ...others } = worker?.environment ?? {};
    const passedThrough = ['PODKEEPER_DEPLOYMENT', 'PODKEEPER_TOKEN_SECRET', 'RUNPOD_API_KEY', 'FLY_API_TOKEN'];

    expect(address).toBe('temporal:7233');
    expect(Object.keys(others)).toEqual(expect.arrayContaining(passedThrough));
    expect(Object.values(others).every((value) => value === null)).toBe(true);
    expect(worker?.env_file).toEqual([{ path: 'podkeeper.env', required: false }]);
  });

  test('is given longer to stop than it takes to drain a create', () => {
    const [, seconds] = /^(\d+)s$/.exec(worker?.stop_grace_period ?? '') ?? [];

    expect(Number(seconds) * 1_000).toBeGreaterThan(
      DEFAULT_SETTINGS.createTimeoutMs + DEFAULT_SETTINGS.heartbeatTimeoutMs,
    );
  });

  test('reads the configuration that the image looks for', () => {
    const environment = instructionsOf(dockerfileStages().at(-1), 'ENV').map(({ text }) => text);
    const [mounted] = worker?.volumes ?? [];

    expect(mounted).toMatchObject({ source: './podkeeper.yaml', bind: { create_host_path: false } });
    expect(environment).toContain(`PODKEEPER_CONFIG=${typeof mounted === 'object' ? mounted.target : ''}`);
  });
});

describe('the Dockerfile', () => {
  const stages = dockerfileStages();
  const last = stages.at(-1);

  test('is based on one Node, pinned by version, new enough and of the release line that is tested', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, major, minor] = /^>=(\d+)\.(\d+)\./.exec(engines.node) ?? [];

    expect(new Set(stages.map(({ base }) => base)).size).toBe(1);
    const [, ...version] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(last?.base ?? '') ?? [];
    expect(version[0]).toBe(major);
    expect(Number(version[1])).toBeGreaterThanOrEqual(Number(minor));
  });

  test('copies what is there, and what .dockerignore lets through', () => {
    const copied = stages
      .flatMap((stage) => instructionsOf(stage, 'COPY'))
      .filter(({ options }) => options['from'] === undefined)
      .flatMap(({ args }) => args.slice(0, -1).map((source) => source.replace(/\/$/, '')));

    expect(copied).toContain('package-lock.json');
    expect(copied.filter((source) => !existsSync(join(ROOT, source)) || isDockerIgnored(source))).toEqual([]);
  });

  test('copies from stages that it has, and from nowhere else', () => {
    const names = stages.map(({ name }) => name);
    const copies = instructionsOf(last, 'COPY');

    expect(copies.length).toBeGreaterThan(0);
    expect(copies.filter(({ options }) => !names.includes(options['from']))).toEqual([]);
  });

  test('runs a worker, and not as root', () => {
    expect(instructionsOf(last, 'USER').map(({ text }) => text)).toEqual(['node']);
    expect(instructionsOf(last, 'CMD').map(({ args }) => args)).toEqual([['podkeeper', 'worker']]);
    // A worker listens on nothing.
    expect(instructionsOf(last, 'EXPOSE')).toEqual([]);
  });

  test.each([
    'node_modules',
    '.git',
    '.env',
    '.npmrc',
    'podkeeper.yaml',
    'podkeeper.env',
    'dist',
    'docker-compose.temporal.yml',
    'id_rsa',
  ])('%s stays out of it', (path) => {
    expect(isDockerIgnored(path)).toBe(true);
  });
});
