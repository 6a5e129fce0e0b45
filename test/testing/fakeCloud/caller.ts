import { connect } from 'node:net';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud, FakeCloudOptions } from '../../../src/testing/fakeCloud';
import { ManualClock } from '../../../src/simulator';

/** An answer. */
export interface Came {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** The parsed JSON; `undefined` if it isn't JSON. */
  body: unknown;
}

/** A fake cloud with a manual clock, and a caller. */
export interface Called {
  fake: FakeCloud;
  clock: ManualClock;
  /** Calls the REST listener below `/v2`. */
  ask: (method: string, path: string, body?: unknown, more?: RequestInit) => Promise<Came>;
  /** Calls the same listener without a prefix. */
  askRoot: (method: string, path: string, body?: unknown, more?: RequestInit) => Promise<Came>;
  /** Calls the job listener below `/v2`. */
  askJobs: (method: string, path: string, body?: unknown) => Promise<Came>;
}

export const KEY = 'fake-runpod-key';
export const H100 = 'NVIDIA H100 80GB HBM3';
export const AGENT = 'podkeeper-test/1';

const open: FakeCloud[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((fake) => fake.close()));
});

/** Starts a fake cloud that is closed after the test. */
export async function startCalled(options: FakeCloudOptions = {}): Promise<Called> {
  const clock = new ManualClock(Date.UTC(2030, 0, 1));
  const fake = await startFakeCloud({ clock, ...options });
  open.push(fake);
  const caller = (base: string) => (method: string, path: string, body?: unknown, more?: RequestInit) =>
    ask(`${base}${path}`, method, body, more);
  return {
    fake,
    clock,
    ask: caller(`${fake.url}/v2`),
    askRoot: caller(fake.url),
    askJobs: caller(`${fake.jobsUrl}/v2`),
  };
}

export const AUTHORIZED = { authorization: `Bearer ${KEY}`, 'user-agent': AGENT };

/** One request, with the first key. */
export async function ask(url: string, method: string, body?: unknown, more: RequestInit = {}): Promise<Came> {
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
    headers: { ...AUTHORIZED, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...more,
  });
  const text = await answer.text();
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text, body: parsed(text) };
}

/** Whether connections to a URL are refused. Not by `fetch`, which may reuse a connection. */
export async function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const outcome = await new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  socket.destroy();
  return outcome === 'ECONNREFUSED';
}

export const POD = { name: 'one', image: 'org/image', gpu: { id: H100, count: 1 } };

/** Creates a pod, and returns its id. */
export async function create({ ask }: Called, more: object = {}): Promise<string> {
  const made = await ask('POST', '/pods', { ...POD, ...more });
  expect(made.status).toBe(201);
  return idOf(made);
}

export function idOf({ body }: Came): string {
  return String((body as { id?: unknown }).id);
}

/** The names of a list's pods. */
export function namesOf({ body }: Came): string[] {
  return (body as { pods: { name: string }[] }).pods.map(({ name }) => name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
