import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server on this machine, for one test. */
export interface Listening {
  port: number;
  url: string;
}

/** Runs an HTTP server until `use` has ended. */
export async function withHttp<T>(
  listener: RequestListener,
  use: (at: Listening) => Promise<T>,
  host?: string,
): Promise<T> {
  return await withServer(createServer(listener), use, host);
}

/** Runs a TCP server until `use` has ended. */
export async function withTcp<T>(connected: (socket: Socket) => void, use: (at: Listening) => Promise<T>): Promise<T> {
  return await withServer(createTcpServer(connected), use);
}

/** A port on which nothing listens: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  return await withTcp(
    () => undefined,
    ({ port }) => Promise.resolve(port),
  );
}

async function withServer<T>(server: Server, use: (at: Listening) => Promise<T>, host?: string): Promise<T> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, host);
  try {
    return await use({ port, url: `http://127.0.0.1:${port}` });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Lets a server listen on a free port, and returns the port. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}
