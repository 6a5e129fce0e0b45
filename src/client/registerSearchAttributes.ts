import type { ConnectionLike } from '@temporalio/client';
import { PodkeeperError, SEARCH_ATTRIBUTES, messageOf } from '../model';
import type { ErrorKind } from '../model';

/** The result of {@link registerSearchAttributes}. */
export interface RegisteredSearchAttributes {
  /** Names that were registered. */
  added: string[];
  /** Names that existed already. */
  present: string[];
}

/** Temporal's numbers and names of attribute types. */
const TYPES = {
  KEYWORD: { number: 2, word: 'Keyword' },
  DOUBLE: { number: 4, word: 'Double' },
} as const;

const ALL = Object.values(SEARCH_ATTRIBUTES);

/** How long the whole registration may take, ms. */
const LIMIT_MS = 10_000;

/**
 * Registers Podkeeper's search attributes in a namespace, as `podkeeper setup` does. Existing ones stay as they are, so it can be called
 * any number of times. A cluster of several hosts may take a minute to accept them everywhere.
 *
 * @param connection to Temporal, for example a client's `connection`
 * @throws PodkeeperError `conflict` when a name is taken by an attribute of another type; `forbidden` when the server doesn't let this
 *   connection register attributes, as on Temporal Cloud, with the command to do it there; `quota` when it has no room for more;
 *   `not_found` when there is no such namespace; `transport` when it can't be reached
 */
export async function registerSearchAttributes(
  connection: Pick<ConnectionLike, 'operatorService' | 'withDeadline'>,
  namespace: string,
): Promise<RegisteredSearchAttributes> {
  try {
    return await connection.withDeadline(Date.now() + LIMIT_MS, () => register(connection.operatorService, namespace));
  } catch (error) {
    throw error instanceof PodkeeperError ? error : refusal(error, namespace);
  }
}

async function register(
  server: ConnectionLike['operatorService'],
  namespace: string,
): Promise<RegisteredSearchAttributes> {
  const known = await listed(server, namespace);
  const clash = ALL.find(({ name, type }) => known[name] !== undefined && known[name] !== TYPES[type].number);
  if (clash !== undefined) throw taken(clash.name, TYPES[clash.type].word, namespace);
  const missing = ALL.filter(({ name }) => known[name] === undefined);
  const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, TYPES[type].number]));
  if (missing.length > 0) await server.addSearchAttributes({ namespace, searchAttributes });
  const added = missing.map(({ name }) => name);
  return { added, present: ALL.map(({ name }) => name).filter((name) => !added.includes(name)) };
}

/** Attribute types by name. Temporal's time-skipping test server has attributes, but can't list them. */
async function listed(
  server: ConnectionLike['operatorService'],
  namespace: string,
): Promise<Record<string, number | undefined>> {
  try {
    return (await server.listSearchAttributes({ namespace })).customAttributes;
  } catch (error) {
    if (codeOf(error) === UNIMPLEMENTED) return {};
    throw error;
  }
}

function taken(name: string, word: string, namespace: string): PodkeeperError {
  return new PodkeeperError(
    'conflict',
    `namespace ${namespace} has a search attribute ${name} of another type than ${word}: rename or remove that one, then register again`,
  );
}

/** gRPC's codes that say what to do. */
const UNIMPLEMENTED = 12;
const REFUSALS: Readonly<Record<number, ErrorKind>> = {
  3: 'quota',
  5: 'not_found',
  7: 'forbidden',
  8: 'quota',
  [UNIMPLEMENTED]: 'forbidden',
  16: 'forbidden',
};

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function refusal(error: unknown, namespace: string): PodkeeperError {
  const kind = REFUSALS[codeOf(error) ?? -1] ?? 'transport';
  const message = `search attributes in namespace ${namespace}: ${messageOf(error)}${remedy(kind, namespace)}`;
  return new PodkeeperError(kind, message, { cause: error });
}

function remedy(kind: ErrorKind, namespace: string): string {
  if (kind === 'quota') {
    const ours = ALL.filter(({ type }) => type === 'KEYWORD').length;
    return `. A namespace on SQL holds 10 attributes of type Keyword; ours are ${ours} of them`;
  }
  if (kind !== 'forbidden') return '';
  const cloud = ALL.map(({ name, type }) => `--search-attribute "${name}=${TYPES[type].word}"`).join(' ');
  const own = ALL.map(({ name, type }) => `--name ${name} --type ${TYPES[type].word}`).join(' ');
  return [
    '. Somebody with permission has to register them, once:',
    `  on Temporal Cloud:     tcld namespace search-attributes add --namespace ${namespace} ${cloud}`,
    `  on a cluster of yours: temporal operator search-attribute create --namespace ${namespace} ${own}`,
    'Until then claims work without them.',
  ].join('\n');
}
