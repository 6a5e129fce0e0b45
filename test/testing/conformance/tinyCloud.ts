import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A machine of the cloud. */
export interface TinyMachine {
  id: string;
  name: string;
  state: 'booting' | 'up' | 'halted' | 'deleted';
  accelerator: string | null;
  acceleratorCount: number;
  image: string | null;
  env: Record<string, string>;
  zone: string;
  price: number;
  created: string;
  ports: { inside: number; kind: string; address: string }[];
}

export const TINY_KEY = 'tiny-api-key-0f3c9a7d51';
export const TINY_PAGE = 5;

/** A small fictional cloud on a local socket: machines, jobs, a catalogue and logs, in memory. */
export class TinyCloud {
  readonly machines = new Map<string, TinyMachine>();
  private readonly jobs = new Map<string, { state: string; input: unknown }>();
  private readonly server: Server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });
  private next = 1;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
  }

  reset(): void {
    this.machines.clear();
    this.jobs.clear();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = request;
    const body = await text(request);
    const { pathname, searchParams } = new URL(url, 'http://tiny.invalid');
    const [, , room = '', id = '', action = ''] = pathname.split('/').map(decodeURIComponent);
    const answer = (status: number, reply?: unknown): void => {
      response.writeHead(status, reply === undefined ? {} : { 'content-type': 'application/json' });
      response.end(reply === undefined ? '' : JSON.stringify(reply));
    };
    if (headers.authorization !== `Bearer ${TINY_KEY}`) return answer(401, { error: 'who are you?' });
    const sent = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
    if (room === 'accelerators')
      return answer(200, { accelerators: [{ id: 'H100', memory: 80, price: 2.5, zones: ['a'] }] });
    if (room === 'endpoints') return this.job(method, pathname.split('/').slice(4), sent, answer);
    if (room !== 'machines') return answer(404, { error: 'no such path' });
    if (id === '') return method === 'POST' ? this.create(sent, answer) : this.page(searchParams.get('from'), answer);
    const machine = this.machines.get(id);
    if (machine === undefined) return answer(404, { error: 'no such machine' });
    if (action === 'log') return answer(200, { lines: [{ at: machine.created, text: 'booted', position: 1 }] });
    if (method === 'DELETE') machine.state = 'deleted';
    else if (action !== '' && machine.state === 'deleted') return answer(409, { error: 'it is deleted' });
    else if (action === 'halt') machine.state = 'halted';
    else if (action === 'resume') machine.state = 'up';
    // A machine has booted once it was read.
    else if (machine.state === 'booting') machine.state = 'up';
    return method === 'GET' ? answer(200, machine) : answer(204);
  }

  private create(sent: Record<string, unknown>, answer: (status: number, reply: unknown) => void): void {
    const id = `m${this.next++}-${Math.random().toString(36).slice(2, 8)}`;
    const ports = (sent['ports'] ?? []) as { inside: number; kind: string }[];
    const machine: TinyMachine = {
      id,
      name: String(sent['name']),
      state: 'booting',
      accelerator: (sent['accelerator'] ?? null) as string | null,
      acceleratorCount: Number(sent['acceleratorCount'] ?? 0),
      image: (sent['image'] ?? null) as string | null,
      env: (sent['env'] ?? {}) as Record<string, string>,
      zone: 'a',
      price: 2.5,
      created: new Date().toISOString(),
      ports: ports.map(({ inside, kind }) => ({
        inside,
        kind,
        address: kind === 'web' ? `https://${id}-${inside}.tiny.invalid` : `${id}.tiny.invalid:${20_000 + inside}`,
      })),
    };
    this.machines.set(id, machine);
    answer(201, machine);
  }

  private page(from: string | null, answer: (status: number, reply: unknown) => void): void {
    const all = [...this.machines.values()];
    const at = Number(from ?? 0);
    const next = at + TINY_PAGE < all.length ? String(at + TINY_PAGE) : null;
    answer(200, { machines: all.slice(at, at + TINY_PAGE), next });
  }

  private job(
    method: string,
    [, id = '', action = '']: string[],
    sent: Record<string, unknown>,
    answer: (status: number, reply?: unknown) => void,
  ): void {
    if (method === 'POST' && id === '') {
      const made = `j${this.next++}`;
      this.jobs.set(made, { state: sent['wait'] === true ? 'done' : 'waiting', input: sent['input'] });
      return answer(200, { id: made, ...this.jobs.get(made) });
    }
    const job = this.jobs.get(id);
    if (job === undefined) return answer(404, { error: 'no such job' });
    if (action === 'cancel') job.state = 'cancelled';
    // A job has completed once it was read.
    else if (job.state === 'waiting') job.state = 'done';
    return action === 'chunks' ? answer(200, { chunks: [job.input], end: true }) : answer(200, { id, ...job });
  }
}
