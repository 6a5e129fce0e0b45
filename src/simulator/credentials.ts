import { checkFields, checkNumber, checkText } from './checks';
import { SimulatedFailure } from './failure';

/** A credential with a name, which is shown instead of the key. */
export interface NamedCredential {
  /** The name in call records and in the ledger. */
  name: string;
  /** The value that callers pass as `credential`. */
  key: string;
}

/** A period, in ms since 1970 on the cloud's clock. */
export interface TimeWindow {
  /** Default: now. */
  from?: number;
  /** Default: `Infinity`. */
  until?: number;
}

interface Entry {
  /** `null`: all calls, also those without a credential. */
  credential: string | null;
  from: number;
  until: number;
}

/** The valid and revoked credentials. */
export class Credentials {
  private readonly valid: Entry[] = [];
  private readonly revoked: Entry[] = [];
  private readonly named: readonly NamedCredential[];
  private needed: boolean;

  constructor(credentials: readonly (string | NamedCredential)[] | undefined) {
    this.needed = credentials !== undefined;
    this.named = keysOf(credentials) ?? [];
    for (const { key: credential } of this.named) this.valid.push({ credential, from: -Infinity, until: Infinity });
  }

  set(credential: string, window: TimeWindow, now: number): void {
    checkText('credential', credential);
    this.needed = true;
    this.valid.push({ credential, ...complete(window, now) });
  }

  /** @param credential its key or its name */
  revoke(credential: string | null, window: TimeWindow, now: number): void {
    if (credential !== null) checkText('credential', credential);
    const key = this.named.find(({ name }) => name === credential)?.key ?? credential;
    this.revoked.push({ credential: key, ...complete(window, now) });
  }

  /** A credential's name in records. */
  nameOf(credential: string | undefined): string | null {
    return this.named.find(({ key }) => key === credential)?.name ?? credential ?? null;
  }

  /** @throws SimulatedFailure `unauthorized` */
  check(credential: string | null, now: number): void {
    const covers = (entry: Entry): boolean =>
      (entry.credential === null || entry.credential === credential) && entry.from <= now && now < entry.until;
    if (this.revoked.some(covers)) throw new SimulatedFailure('unauthorized', 'the credential was revoked');
    if (!this.needed || this.valid.some(covers)) return;
    throw new SimulatedFailure(
      'unauthorized',
      credential === null ? 'a credential is needed' : 'the credential is not valid',
    );
  }
}

/** Credentials with their names. Without a name, the key is the name. */
export function keysOf(credentials: readonly (string | NamedCredential)[] | undefined): NamedCredential[] | undefined {
  return credentials?.map((given) => (typeof given === 'string' ? { name: given, key: given } : { ...given }));
}

function complete(window: TimeWindow, now: number): { from: number; until: number } {
  checkFields('window', window, ['from', 'until']);
  const { from = now, until = Infinity } = window;
  checkNumber('window.from', from);
  checkNumber('window.until', until, { least: from, infinite: true });
  return { from, until };
}
