/** The encoding of payloads without a payload codec. */
export const PLAIN_ENCODING = 'json/plain';

/**
 * Explains why a client and the workers of its deployment can't read each other's payloads: one has a payload codec that the other lacks.
 * Both check this before anything is rented.
 *
 * @param client, worker the encodings in which they write
 * @returns `undefined` when the two are equal
 */
export function encodingMismatch(client: string, worker: string): string | undefined {
  if (client === worker) return undefined;
  const plain = (encoding: string) => encoding === PLAIN_ENCODING;
  const ofWorkers = plain(worker) ? 'write theirs without a payload codec' : `write theirs as ${worker}`;
  const ofClient = plain(client) ? 'has no payload codec' : `writes its messages as ${client}`;
  return `dataConverter: this client ${ofClient}, and the workers of the deployment ${ofWorkers}, so that neither could read the other: ${GIVE_THE_SAME}`;
}

/** The remedy for a missing codec, in code and on the command line. */
export const GIVE_THE_SAME =
  "give both the same dataConverter, in code to Temporal's client and PodkeeperWorker.create, on the command line by --codec-module or --codec-endpoint";
