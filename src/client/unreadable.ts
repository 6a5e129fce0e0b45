import { GIVE_THE_SAME, PodkeeperError } from '../model';

/** An answer that was given, and that this client can't read. */
export class UnreadableAnswer extends PodkeeperError {
  constructor(message: string, cause?: unknown) {
    super('unsupported', message, { cause });
    this.name = 'UnreadableAnswer';
  }
}

/** Tells whether an answer was there, and could not be read. By its name: the class exists twice where two copies of the package meet. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnreadableAnswer';
}

/** What a payload converter throws who finds no way to read an encoding: the SDK's own words tell nobody what is missing. */
export function unreadableAnswer(error: unknown): UnreadableAnswer | undefined {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  const [, encoding] = /^Unknown encoding: (\S+)/.exec(String(message)) ?? [];
  if (encoding === undefined) return undefined;
  return new UnreadableAnswer(
    `Temporal's answer is written as ${encoding}, by a payload codec that this client lacks: ${GIVE_THE_SAME}`,
    error,
  );
}
