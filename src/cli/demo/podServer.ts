import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The HTTP server behind a fake pod's endpoint. */
export interface PodServer {
  /** On 127.0.0.1. */
  port: number;
  close(): Promise<void>;
}

/** Starts a small HTTP server in this process: `/health` answers `ok`, any other path a count of requests. */
export async function startPodServer(): Promise<PodServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.url === '/health') return response.end('ok');
    requests += 1;
    return response.end(`request ${requests} answered on port 8000 of the pod`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return { port: (server.address() as AddressInfo).port, close };
}
