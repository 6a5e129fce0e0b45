import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { PLAIN_ENCODING, PodkeeperError, encodingMismatch } from '../model';
import { bounded } from './bounded';
import { pollersOf, workflowTasks } from './pollers';

/** How long Temporal may take to tell who polls, ms: what it doesn't tell by then, the worker's own check does. */
const POLLERS_LIMIT_MS = 5_000;
/** For how long workers that were found to understand this client are believed to be the ones, ms. */
const CHECKED_FOR_MS = 60_000;

/** How a client's messages come out of its converter and codecs: the `encoding` of a payload's metadata. @throws what a codec throws */
export async function encodingOf(client: Pick<Client, 'options'>): Promise<string> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let payloads = [payloadConverter.toPayload('podkeeper')];
  for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
  const encoding = payloads[0]?.metadata?.['encoding'];
  return encoding == null ? PLAIN_ENCODING : new TextDecoder().decode(encoding);
}

/**
 * What a worker calls itself: as the SDK has it, `17@render-3`; one with a payload codec says so, `17@render-3 (binary/encrypted)`, for clients to see
 * before they start anything.
 */
export function workerIdentity(encoding: string): string {
  const name = `${process.pid}@${hostname()}`;
  return encoding === PLAIN_ENCODING ? name : `${name} (${encoding})`;
}

/** The host and the encoding of a worker that calls itself like this. */
export function readIdentity(identity: string): { host: string; encoding: string } {
  const [, name = identity, encoding = PLAIN_ENCODING] = /^(.*?)(?: \(([^()]+)\))?$/.exec(identity) ?? [];
  return { host: name.slice(name.indexOf('@') + 1), encoding };
}

/** Keeps a client from starting what its deployment's workers could not read, or answer so that it can. */
export class EncodingCheck {
  readonly #client: Client;
  readonly #deployment: string;
  #own: Promise<string> | undefined;
  #checkedUntil = 0;

  constructor(client: Client, deployment: string) {
    this.#client = client;
    this.#deployment = deployment;
  }

  /**
   * The encoding of this client's messages, once no worker that is there speaks against it. Where none is there, the one that comes checks it.
   *
   * @throws PodkeeperError `validation`, refused
   */
  async pass(): Promise<string> {
    this.#own ??= encodingOf(this.#client);
    // A codec server that was down is asked again.
    this.#own.catch(() => (this.#own = undefined));
    const own = await this.#own;
    if (performance.now() < this.#checkedUntil) return own;
    const encodings = await this.#encodingsOfWorkers();
    const [worker] = encodings;
    if (worker === undefined) return own;
    const mismatch = encodings.includes(own) ? undefined : encodingMismatch(own, worker);
    if (mismatch !== undefined) throw new PodkeeperError('validation', mismatch, { refused: true });
    this.#checkedUntil = performance.now() + CHECKED_FOR_MS;
    return own;
  }

  /** Those of the workers that poll; none where Temporal doesn't tell. */
  async #encodingsOfWorkers(): Promise<string[]> {
    const ask = async () => await pollersOf(this.#client, workflowTasks(this.#deployment));
    const pollers = await bounded(this.#client, ask, POLLERS_LIMIT_MS).catch(() => []);
    return pollers.map((identity) => readIdentity(identity).encoding);
  }
}
