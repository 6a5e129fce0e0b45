import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on 127.0.0.1 that can be closed and opened again at the same port. */
export class Listener {
  private readonly server: Server;
  private port: number;
  private isClosed = false;

  private constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  /** @param port 0 for a free one */
  static async open(
    port: number,
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<Listener> {
    const server = createServer(handle);
    // Only wire faults close connections.
    server.requestTimeout = 0;
    server.keepAliveTimeout = 0;
    const listener = new Listener(server, port);
    await listener.listen();
    return listener;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Refuses new connections, and closes open ones. */
  async refuse(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  async reopen(): Promise<void> {
    if (!this.server.listening && !this.isClosed) await this.listen();
  }

  /** Closes the server. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.refuse();
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    this.port = (this.server.address() as AddressInfo).port;
  }
}
