import { commandEnvironment } from '../../../src/cli/with/command';
import { LEASE_MS, leased } from '../../../src/cli/with/lease';

const POD = {
  id: 'p-1',
  name: 'pk-prodabcd-a-abcdef-1',
  hourlyPrice: null,
  endpoints: [
    { port: 8000, protocol: 'http' as const, host: '10.0.0.1', externalPort: 31_000, url: 'http://10.0.0.1:31000' },
    { port: 22, protocol: 'tcp' as const, host: '10.0.0.1', externalPort: 31_001, url: 'tcp://10.0.0.1:31001' },
  ],
};

test('the environment of a command describes its pod', () => {
  expect(commandEnvironment({ HOME: '/home/ada' }, 'a', POD)).toEqual({
    HOME: '/home/ada',
    PODKEEPER_CLAIM: 'a',
    PODKEEPER_POD_ID: 'p-1',
    PODKEEPER_POD_NAME: 'pk-prodabcd-a-abcdef-1',
    PODKEEPER_ENDPOINT: 'http://10.0.0.1:31000',
    PODKEEPER_ENDPOINT_8000: 'http://10.0.0.1:31000',
    PODKEEPER_HOST_8000: '10.0.0.1',
    PODKEEPER_PORT_8000: '31000',
    PODKEEPER_ENDPOINT_22: 'tcp://10.0.0.1:31001',
    PODKEEPER_HOST_22: '10.0.0.1',
    PODKEEPER_PORT_22: '31001',
  });
});

test('the environment lacks PODKEEPER_POD, which would make the command a part of the pod', () => {
  expect(commandEnvironment({}, 'a', POD)).not.toHaveProperty('PODKEEPER_POD');
});

test('an inner command gets no variable of the outer command’s pod', () => {
  const outer = commandEnvironment({}, 'outer', POD);

  expect(commandEnvironment(outer, 'inner', { ...POD, endpoints: [] })).toEqual({
    PODKEEPER_CLAIM: 'inner',
    PODKEEPER_POD_ID: 'p-1',
    PODKEEPER_POD_NAME: 'pk-prodabcd-a-abcdef-1',
  });
});

test.each([
  [undefined, LEASE_MS],
  ['off' as const, LEASE_MS],
  [null, LEASE_MS],
  ['1h', LEASE_MS],
  ['30s', 30_000],
])('with an idleTimeout of %p the lease is %d ms', (idleTimeout, leaseMs) => {
  const lease = leased({ command: ['true'], idleTimeout }, LEASE_MS);

  expect(lease).toMatchObject({ leaseMs, touchEveryMs: leaseMs / 3, spec: { idleTimeout: leaseMs } });
});

test('two rentals of one spec are two claims', () => {
  const [one, other] = [leased({ command: ['true'] }, LEASE_MS).spec, leased({ command: ['true'] }, LEASE_MS).spec];

  expect(one.id).not.toBe(other.id);
});

test('a lease leaves the labels as they are', () => {
  expect(leased({ command: ['true'], labels: { team: 'a' } }, LEASE_MS).spec.labels).toEqual({ team: 'a' });
});
