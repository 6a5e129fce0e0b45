/** How payloads are encoded where nobody has a payload codec. */
export const PLAIN_ENCODING = 'json/plain';

/**
 * Why a client and the workers of its deployment don't understand each other, if they don't: one has a payload codec that the other lacks. Told before
 * anything is rented, by the client and by the worker alike.
 *
 * @param client, worker the encodings of what each writes
 * @returns `undefined` when both write the same
 */
export function encodingMismatch(client: string, worker: string): string | undefined {
  if (client === worker) return undefined;
  const plain = (encoding: string) => encoding === PLAIN_ENCODING;
  const ofWorkers = plain(worker) ? 'write theirs without a payload codec' : `write theirs as ${worker}`;
  const ofClient = plain(client) ? 'has no payload codec' : `writes its messages as ${client}`;
  return `dataConverter: this client ${ofClient}, and the workers of the deployment ${ofWorkers}, so that neither could read the other: ${GIVE_THE_SAME}`;
}

/** What helps who lacks a codec, in code and on the command line. */
export const GIVE_THE_SAME =
  "give both the same dataConverter, in code to Temporal's client and PodkeeperWorker.create, on the command line by --codec-module or --codec-endpoint";
