/**
 * Rents a local pod in the order of ExAtlas: creates it, writes down its id only then, and tells it to end once, whatever comes of that. More careful than
 * that in one thing: what it has written down outlives it. For seeing whether the suite sees leaks.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PodRequest } from '../../../src/providers/contract';
import type * as local from '../../../src/providers/local';

/** What the program is told, as JSON in its first argument. */
export interface RentalOrder {
  /** The compiled package. */
  dist: string;
  /** For the pods and the book. */
  directory: string;
  /** What to create; `null`: end what the book has, as after a restart. */
  request: PodRequest | null;
  /** Makes the delete fail. */
  deleteFails: boolean;
}

const order = JSON.parse(process.argv[2] ?? '') as RentalOrder;
const { createLocalProvider } = require(join(order.dist, 'providers/local/index.js')) as typeof local;
const provider = createLocalProvider({ directory: join(order.directory, 'pods'), stopGraceMs: 1_000 });
const book = join(order.directory, 'book');
const signal = AbortSignal.timeout(60_000);

async function rent(request: PodRequest): Promise<void> {
  const pod = await provider.spawn(request, { signal });
  await appendFile(book, `${pod.id}\n`);
  await wordOfItsUser();
  await end(pod.id);
}

async function end(id: string): Promise<void> {
  try {
    if (order.deleteFails) throw new Error('the cloud answered 500');
    await provider.terminate(id, { signal });
  } catch (error) {
    // Said, and that is all.
    appendFileSync(join(order.directory, 'failures'), `${String(error)}\n`);
  }
}

async function endAllInTheBook(): Promise<void> {
  const ids = existsSync(book) ? readFileSync(book, 'utf8').trim().split('\n') : [];
  for (const id of ids) await end(id);
}

async function wordOfItsUser(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  // Only now: what comes before this await belongs to the first act, whoever is quicker.
  console.log('rented');
  return new Promise((resolve) => input.once('line', () => resolve()));
}

const work = order.request === null ? endAllInTheBook() : rent(order.request);
void work.finally(() => process.exit());
