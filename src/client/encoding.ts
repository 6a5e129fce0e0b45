import type { Client } from '@temporalio/client';
import { PLAIN_ENCODING, PodkeeperError, encodingMismatch } from '../model';
import { bounded } from './bounded';
import { pollersOf, workflowTasks } from './pollers';
import { readIdentity } from './workerIdentity';

/** How long Temporal may take to list pollers, ms. Workers that it doesn't list in time check the encoding themselves. */
const POLLERS_LIMIT_MS = 5_000;
/** How long a successful check is reused, ms. */
const CHECKED_FOR_MS = 60_000;

/**
 * The encoding of this client's payloads: the `encoding` in a payload's metadata.
 *
 * @throws what a codec throws
 */
export async function encodingOf(client: Pick<Client, 'options'>): Promise<string> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let payloads = [payloadConverter.toPayload('podkeeper')];
  for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
  const encoding = payloads[0]?.metadata?.['encoding'];
  return encoding == null ? PLAIN_ENCODING : new TextDecoder().decode(encoding);
}

/** Keeps a client from starting claims that its deployment's workers can't read, or whose answers it can't read. */
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
   * The encoding of this client's payloads, if no worker has another one. Without workers, the one that arrives checks it.
   *
   * @throws PodkeeperError `validation`, refused
   */
  async pass(): Promise<string> {
    this.#own ??= encodingOf(this.#client);
    // Asks again, in case a codec server was down.
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

  /** The encodings of the polling workers; none where Temporal doesn't list them. */
  async #encodingsOfWorkers(): Promise<string[]> {
    const ask = async () => await pollersOf(this.#client, workflowTasks(this.#deployment));
    const pollers = await bounded(this.#client, ask, POLLERS_LIMIT_MS).catch(() => []);
    return pollers.map((identity) => readIdentity(identity).encoding);
  }
}
