/**
 * Rents a local pod in a way that leaks: creates it, records its id only then, and requests its end once, ignoring failures. Its record survives a crash. For
 * testing that the suite finds leaks.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PodRequest } from '../../../src/providers/contract';
import type * as local from '../../../src/providers/local';

/** The program's first argument, as JSON. */
export interface RentalOrder {
  /** The compiled package. */
  dist: string;
  /** Directory of the pods and the record. */
  directory: string;
  /** The pod to create; `null`: end the recorded pods, as after a restart. */
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
    // Only logged.
    appendFileSync(join(order.directory, 'failures'), `${String(error)}\n`);
  }
}

async function endAllInTheBook(): Promise<void> {
  const ids = existsSync(book) ? readFileSync(book, 'utf8').trim().split('\n') : [];
  for (const id of ids) await end(id);
}

async function wordOfItsUser(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  // Only now, so that everything before this await belongs to the first half.
  console.log('rented');
  return new Promise((resolve) => input.once('line', () => resolve()));
}

const work = order.request === null ? endAllInTheBook() : rent(order.request);
void work.finally(() => process.exit());
