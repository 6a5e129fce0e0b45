import { PodkeeperError } from '../model';
import { MAKE_ONE, checkSecret } from './secretForm';
import { podSigningKey, podToken } from './tokens';

/** The environment variable that a worker and the command line read. */
export const TOKEN_SECRET_VARIABLE = 'PODKEEPER_TOKEN_SECRET';

const REDACTED = '[TokenSecrets: redacted]';
const BRAND = Symbol.for('podkeeper.tokenSecrets');
/** Node's symbol for a custom representation in logs. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const VERSION = /^[1-9]\d{0,5}$/;
const FORM = "one secret, or versions as in '2:<new secret>,1:<old secret>' with the current one first";

/**
 * The secrets from which pods' tokens and signing keys are derived, by version. It returns derived values and never a secret, and shows as
 * redacted wherever it is printed, logged or written as JSON.
 */
export class TokenSecrets {
  // Not TypeScript's `private`, which would show in every log.
  readonly #secrets: ReadonlyMap<number, string>;
  readonly #current: number;
  readonly #source: string;

  private constructor(secrets: ReadonlyMap<number, string>, current: number, source: string) {
    this.#secrets = secrets;
    this.#current = current;
    this.#source = source;
    Object.defineProperty(this, BRAND, { value: true });
    Object.freeze(this);
  }

  /**
   * Parses `<secret>`, which is version 1, or `<version>:<secret>,<version>:<secret>`, the first of which is current. A version is a whole
   * number from 1 to 999999; a secret has 32 to 1024 visible ASCII characters without quotes, backslashes, `,` and `:`.
   *
   * @param source its name in messages. Default `tokenSecret`.
   * @throws PodkeeperError `validation`, naming the source and never showing a secret
   */
  static parse(text: string, source = 'tokenSecret'): TokenSecrets {
    if (typeof text !== 'string') {
      throw new PodkeeperError('validation', `${source}: must be a text: ${FORM}; ${MAKE_ONE}`);
    }
    const trimmed = text.trim();
    if (!/[,:]/.test(trimmed)) return new TokenSecrets(new Map([[1, checkSecret(source, trimmed)]]), 1, source);
    const secrets = new Map<number, string>();
    for (const [index, entry] of trimmed.split(',').entries()) {
      const { version, secret } = readEntry(entry.trim(), index, source);
      if (secrets.has(version)) throw twice(source, `version ${version} is there twice`);
      if ([...secrets.values()].includes(secret)) throw twice(source, `version ${version} repeats another's secret`);
      secrets.set(version, secret);
    }
    const [current = 1] = secrets.keys();
    return new TokenSecrets(secrets, current, source);
  }

  /** The version for new claims. */
  get current(): number {
    return this.#current;
  }

  /** All versions, the current one first. */
  get versions(): number[] {
    return [...this.#secrets.keys()];
  }

  /**
   * A pod's bearer token, see {@link podToken}.
   *
   * @throws PodkeeperError `validation` when there is no such version
   */
  token(podName: string, version: number): string {
    return podToken(this.#secret(version), podName);
  }

  /**
   * A pod's signing key, see {@link podSigningKey}.
   *
   * @throws PodkeeperError `validation` when there is no such version
   */
  signingKey(podName: string, version: number): string {
    return podSigningKey(this.#secret(version), podName);
  }

  /** Returns `[TokenSecrets: redacted]`, so that no text contains a secret by mistake. */
  toString(): string {
    return REDACTED;
  }

  /** As {@link toString}, for JSON. */
  toJSON(): string {
    return REDACTED;
  }

  /** As {@link toString}, for `util.inspect` and the console. */
  [INSPECT](): string {
    return REDACTED;
  }

  #secret(version: number): string {
    const secret = this.#secrets.get(version);
    if (secret !== undefined) return secret;
    throw new PodkeeperError(
      'validation',
      `${this.#source}: has no version ${String(version)} (it has ${this.versions.join(', ')}), with which the claim was admitted: keep a version for as long as claims of it live`,
    );
  }
}

/** Recognises {@link TokenSecrets} from any realm or copy of the package. */
export function isTokenSecrets(value: unknown): value is TokenSecrets {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
}

/**
 * Converts an option that takes either form.
 *
 * @throws PodkeeperError `validation`, naming the source
 */
export function tokenSecretsOf(given: string | TokenSecrets, source = 'tokenSecret'): TokenSecrets {
  return isTokenSecrets(given) ? given : TokenSecrets.parse(given, source);
}

/**
 * Reads `PODKEEPER_TOKEN_SECRET`; `undefined` where it isn't set or is empty.
 *
 * @throws PodkeeperError `validation`, naming the variable and never showing it
 */
export function tokenSecretsFrom(environment: Record<string, string | undefined>): TokenSecrets | undefined {
  const text = Object.hasOwn(environment, TOKEN_SECRET_VARIABLE) ? environment[TOKEN_SECRET_VARIABLE] : undefined;
  if (text === undefined || text.trim() === '') return undefined;
  return TokenSecrets.parse(text, TOKEN_SECRET_VARIABLE);
}

function readEntry(entry: string, index: number, source: string): { version: number; secret: string } {
  const [version = '', secret, ...rest] = entry.split(':');
  const where = `${source}: entry ${index + 1}`;
  if (secret === undefined || rest.length > 0 || !VERSION.test(version)) {
    // Shows none of it: the part before a colon may be a secret without its version.
    throw new PodkeeperError(
      'validation',
      `${where}: must be <version>:<secret>, the version from 1 to 999999: ${FORM}`,
    );
  }
  return { version: Number(version), secret: checkSecret(`${where} (version ${version})`, secret) };
}

function twice(source: string, what: string): PodkeeperError {
  return new PodkeeperError('validation', `${source}: ${what}: each version has a number and a secret of its own`);
}
