import { parsePort } from '../../src/model';

test.each([
  ['1/tcp', { port: 1, protocol: 'tcp' }],
  ['22/tcp', { port: 22, protocol: 'tcp' }],
  ['8000/http', { port: 8000, protocol: 'http' }],
  ['65535/http', { port: 65_535, protocol: 'http' }],
])('%s is a port', (text, port) => {
  expect(parsePort(text)).toEqual(port);
});

test.each([
  '',
  '8000',
  '8000/',
  '/http',
  '0/tcp',
  '080/http',
  '65536/tcp',
  '99999/tcp',
  '100000/tcp',
  '-1/tcp',
  '80.0/http',
  '1e3/http',
  '80/udp',
  '80/HTTP',
  '80/https',
  ' 80/http',
  '80/http ',
  '80/http\n',
  '80 / http',
  '80:80/http',
  '٨٠/http',
])('%j is none', (text) => {
  expect(parsePort(text)).toBeUndefined();
});
