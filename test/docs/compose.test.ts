import { parse } from 'yaml';
import { read } from './markdown';

interface Service {
  image: string;
  restart: string;
  ports?: string[];
  volumes?: string[];
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck: { test: string[] };
}

const { services, volumes } = parse(read('docker-compose.temporal.yml'), { strict: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

test('Temporal, its database and its UI', () => {
  const images = Object.values(services).map(({ image }) => image.split(':')[0]);

  expect(images).toEqual(['postgres', 'temporalio/auto-setup', 'temporalio/ui']);
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
      expect(condition).toBe('service_healthy');
    }
  });

  test('has no port open to other machines', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('keeps what it keeps in a volume with a name', () => {
    for (const volume of service.volumes ?? []) expect(volumes).toHaveProperty(volume.split(':')[0] ?? '');
  });
});

test('the database is the one that the server asks, with the same password', () => {
  const { postgresql, temporal } = services;

  expect(temporal?.environment).toMatchObject({ DB: 'postgres12', POSTGRES_SEEDS: 'postgresql' });
  expect(temporal?.environment['POSTGRES_USER']).toBe(postgresql?.environment['POSTGRES_USER']);
  expect(temporal?.environment['POSTGRES_PWD']).toBe(postgresql?.environment['POSTGRES_PASSWORD']);
});
