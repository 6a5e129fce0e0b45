import { GIVE_THE_SAME, PodkeeperError } from '../model';

/** The error for an answer that this client can't decode. */
export class UnreadableAnswer extends PodkeeperError {
  constructor(message: string, cause?: unknown) {
    super('unsupported', message, { cause });
    this.name = 'UnreadableAnswer';
  }
}

/**
 * Tells whether an answer arrived that could not be decoded. By name, because the class exists twice where two copies of the package meet.
 */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnreadableAnswer';
}

/** Converts a payload converter's error about an unknown encoding; the SDK's message doesn't say what is missing. */
export function unreadableAnswer(error: unknown): UnreadableAnswer | undefined {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  const [, encoding] = /^Unknown encoding: (\S+)/.exec(String(message)) ?? [];
  if (encoding === undefined) return undefined;
  return new UnreadableAnswer(
    `Temporal's answer is written as ${encoding}, by a payload codec that this client lacks: ${GIVE_THE_SAME}`,
    error,
  );
}
