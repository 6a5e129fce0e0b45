import { createServer } from 'node:net';
import { findFreePorts, isPortFree } from '../../src/http/ports';
import { listen } from '../support/listening';

const IP = '127.0.0.1';

test('finds different ports of the range, and leaves out those that are taken', async () => {
  const taken = new Set([20_001, 20_002]);
  const found = await findFreePorts(IP, { first: 20_000, last: 20_009 }, 10, taken);
  expect(new Set(found).size).toBe(found.length);
  expect(found.length).toBeLessThanOrEqual(8);
  expect(found.filter((port) => taken.has(port) || port < 20_000 || port > 20_009)).toEqual([]);
});

test('a port on which something listens is not free', async () => {
  const server = createServer();
  const port = await listen(server);
  expect(await isPortFree(IP, port)).toBe(false);
  expect(await findFreePorts(IP, { first: port, last: port }, 1)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(IP, port)).toBe(true);
});

test('rejects if the address is not of this machine', async () => {
  await expect(isPortFree('192.0.2.1', 20_000)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});
