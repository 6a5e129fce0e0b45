import { createSecureContext } from 'node:tls';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { messageOf } from '../model';
import { invalidUsage } from './failure';
import type { CliFailure } from './failure';

/** How to reach Temporal, from Temporal's own configuration: variables override the profile in its file. */
export interface TemporalSettings {
  connection: ClientConnectConfig['connectionOptions'];
  /** `undefined` if none is configured. */
  namespace: string | undefined;
}

/** Variables that Temporal's tools read even when empty: that removes the profile's header. */
const REMOVABLE = 'TEMPORAL_GRPC_META_';
/** Variables that name files. The SDK's errors don't say which of them is wrong. */
const FILES = [
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_CONFIG_FILE',
] as const;

/**
 * Loads Temporal's configuration for commands and workers. Empty variables, as Docker Compose passes them, count as unset.
 *
 * @throws CliFailure `usage` (`validation`), naming the invalid variable.
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

/** The environment without empty Temporal variables. */
function setVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && (value.trim() !== '' || !name.startsWith('TEMPORAL_') || name.startsWith(REMOVABLE));
  });
  return Object.fromEntries(set);
}

/** Refuses settings that the SDK would ignore silently. */
function refuseHalves(variables: Record<string, string>): void {
  const has = (part: string) => ['PATH', 'DATA'].some((form) => `TEMPORAL_TLS_CLIENT_${part}_${form}` in variables);
  if (has('CERT') !== has('KEY')) {
    const [there, missing] = has('CERT') ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    throw invalidUsage(
      `TEMPORAL_TLS_CLIENT_${there}_PATH is set, but TEMPORAL_TLS_CLIENT_${missing}_PATH isn't: set both`,
    );
  }
  if (/^(1|true)$/.test(variables['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] ?? '')) {
    throw invalidUsage(
      "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: Temporal's SDK for Node always verifies the host. Unset it, and set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the server's CA or TEMPORAL_TLS_SERVER_NAME to its name",
    );
  }
}

function unusable(error: unknown, variables: Record<string, string>): CliFailure {
  const message = messageOf(error)
    .split('\n')[0]
    ?.replace(/^Error: /, '');
  // By its fields, not `instanceof`: Node's errors may come from another realm, as under jest.
  const { path } = (typeof error === 'object' && error !== null ? error : {}) as { path?: unknown };
  const file = FILES.find((name) => path !== undefined && variables[name] === path);
  if (file !== undefined)
    return invalidUsage(`${file}: the file can't be read (${message}): check its path and permissions`, error);
  const check = 'check TEMPORAL_PROFILE, --profile and the file in TEMPORAL_CONFIG_FILE';
  return invalidUsage(`Temporal's configuration is invalid (${message}): ${check}`, error);
}

/** @throws CliFailure that shows the correct form of the address. */
function checkAddress(address: string, byVariable: boolean): void {
  if (/^(\[[\da-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.test(address)) return;
  const source = byVariable ? 'TEMPORAL_ADDRESS' : "the address of Temporal's profile";
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const meant = url?.hostname ? `${url.hostname}:${url.port || '7233'}` : 'temporal.example.com:7233';
  const tls = url?.protocol === 'https:' ? '; to use TLS, set TEMPORAL_TLS=true' : '';
  throw invalidUsage(`${source} must be host:port, for instance ${meant}${tls}`);
}

/** @throws CliFailure naming the variable with the invalid certificate or key. OpenSSL's own errors don't. */
function checkCertificates({ tls }: ClientConnectConfig['connectionOptions']): void {
  if (typeof tls !== 'object' || tls === null) return;
  const { clientCertPair, serverRootCACertificate } = tls;
  const pem = (bytes: Uint8Array) => Buffer.from(bytes);
  const check = (variable: string, what: string, use: () => void) => {
    try {
      use();
    } catch (error) {
      throw invalidUsage(`${variable}: the file doesn't hold a ${what} in PEM format (${messageOf(error)})`, error);
    }
  };
  if (serverRootCACertificate !== undefined) {
    const ca = pem(serverRootCACertificate);
    // As `ca`, Node accepts any text and then trusts nothing. As `cert`, it is parsed.
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
