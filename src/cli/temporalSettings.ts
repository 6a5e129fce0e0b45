import { createSecureContext } from 'node:tls';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { messageOf } from '../model';
import { CliFailure } from './failure';

/** How Temporal is reached, as its own configuration says it: variables before the profile of its file. */
export interface TemporalSettings {
  connection: ClientConnectConfig['connectionOptions'];
  /** `undefined` where nothing names one. */
  namespace: string | undefined;
}

/** Here Temporal's tools read an empty one: it takes a header out that the profile has. */
const REMOVABLE = 'TEMPORAL_GRPC_META_';
/** The variables of files, which the SDK reads without saying which of them is wrong. */
const FILES = [
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_CONFIG_FILE',
] as const;

/**
 * Reads Temporal's configuration, for commands and workers alike. Variables that are empty, as Docker Compose passes them, count as unset.
 *
 * @throws CliFailure `usage` (`validation`), naming the variable that can't be used.
 */
export function temporalSettings(profile: string | undefined, env: NodeJS.ProcessEnv): TemporalSettings {
  const variables = setVariables(env);
  refuseHalves(variables);
  let loaded: ClientConnectConfig;
  try {
    loaded = loadClientConnectConfig({ profile, overrideEnvVars: variables });
  } catch (error) {
    throw unusable(error, variables);
  }
  const { connectionOptions: connection, namespace } = loaded;
  if (connection.address !== undefined) checkAddress(connection.address, variables['TEMPORAL_ADDRESS'] !== undefined);
  checkCertificates(connection);
  return { connection, namespace };
}

/** The environment without its empty variables of Temporal's, so that one place decides what is set. */
function setVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && (value.trim() !== '' || !name.startsWith('TEMPORAL_') || name.startsWith(REMOVABLE));
  });
  return Object.fromEntries(set);
}

/** What the SDK would leave out without a word. */
function refuseHalves(variables: Record<string, string>): void {
  const has = (part: string) => ['PATH', 'DATA'].some((form) => `TEMPORAL_TLS_CLIENT_${part}_${form}` in variables);
  if (has('CERT') !== has('KEY')) {
    const [there, missing] = has('CERT') ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    throw refused(`TEMPORAL_TLS_CLIENT_${there}_PATH is set without TEMPORAL_TLS_CLIENT_${missing}_PATH: set both`);
  }
  if (/^(1|true)$/.test(variables['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] ?? '')) {
    throw refused(
      "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: Temporal's SDK for Node always verifies the host: unset it, and name the server's CA in TEMPORAL_TLS_SERVER_CA_CERT_PATH or its name in TEMPORAL_TLS_SERVER_NAME",
    );
  }
}

function unusable(error: unknown, variables: Record<string, string>): CliFailure {
  const message = messageOf(error)
    .split('\n')[0]
    ?.replace(/^Error: /, '');
  // By its fields: what Node throws may come from another realm, as under jest.
  const { path } = (typeof error === 'object' && error !== null ? error : {}) as { path?: unknown };
  const file = FILES.find((name) => path !== undefined && variables[name] === path);
  if (file !== undefined) return refused(`${file} names a file that can't be read (${message})`, error);
  const check = 'check TEMPORAL_PROFILE, --profile and the file in TEMPORAL_CONFIG_FILE';
  return refused(`Temporal's configuration can't be used: ${message}: ${check}`, error);
}

/** @throws CliFailure with the address as it should be written. */
function checkAddress(address: string, byVariable: boolean): void {
  if (/^(\[[\da-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.test(address)) return;
  const source = byVariable ? 'TEMPORAL_ADDRESS' : "the address of Temporal's profile";
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const meant = url?.hostname ? `${url.hostname}:${url.port || '7233'}` : 'temporal.example.com:7233';
  const tls = url?.protocol === 'https:' ? '; TEMPORAL_TLS=true is what switches TLS on' : '';
  throw refused(`${source} must be host:port, for instance ${meant}${tls}`);
}

/** @throws CliFailure naming the variable whose certificate or key can't be read: OpenSSL's own words name none. */
function checkCertificates({ tls }: ClientConnectConfig['connectionOptions']): void {
  if (typeof tls !== 'object' || tls === null) return;
  const { clientCertPair, serverRootCACertificate } = tls;
  const pem = (bytes: Uint8Array) => Buffer.from(bytes);
  const check = (variable: string, what: string, use: () => void) => {
    try {
      use();
    } catch (error) {
      throw refused(`${variable} holds no ${what} in PEM form (${messageOf(error)})`, error);
    }
  };
  if (serverRootCACertificate !== undefined) {
    const ca = pem(serverRootCACertificate);
    // Node takes any text for a CA, and trusts nothing then; as a certificate it is read.
    check('TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'certificate', () => createSecureContext({ cert: ca }));
  }
  if (clientCertPair === undefined) return;
  const [cert, key] = [pem(clientCertPair.crt), pem(clientCertPair.key)];
  check('TEMPORAL_TLS_CLIENT_CERT_PATH', 'certificate', () => createSecureContext({ cert }));
  check('TEMPORAL_TLS_CLIENT_KEY_PATH', 'key', () => createSecureContext({ key }));
  check('TEMPORAL_TLS_CLIENT_KEY_PATH', 'key of TEMPORAL_TLS_CLIENT_CERT_PATH', () =>
    createSecureContext({ cert, key }),
  );
}

function refused(message: string, cause?: unknown): CliFailure {
  return new CliFailure('usage', message, { kind: 'validation', cause });
}
