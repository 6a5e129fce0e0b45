import { checkFields, checkNumber, checkText } from './checks';
import { SimulatedFailure } from './failure';

/** A credential under another name, by which the records and the ledger call it. */
export interface NamedCredential {
  /** By which records and ledger call it. */
  name: string;
  /** What callers give as `credential`. */
  key: string;
}

/** From when to when, in ms since 1970 by the cloud's clock. */
export interface TimeWindow {
  /** Default: now. */
  from?: number;
  /** Default `Infinity`: from then on for ever. */
  until?: number;
}

interface Entry {
  /** `null`: all of them, and none too. */
  credential: string | null;
  from: number;
  until: number;
}

/** Who may call, and when. */
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

  /** @param credential itself, or its name */
  revoke(credential: string | null, window: TimeWindow, now: number): void {
    if (credential !== null) checkText('credential', credential);
    const key = this.named.find(({ name }) => name === credential)?.key ?? credential;
    this.revoked.push({ credential: key, ...complete(window, now) });
  }

  /** How a credential is called where it is written down. */
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

/** Credentials with their names: one that has none is its own. */
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
