import { missingSdkPackage } from '../installation';
import { isPodkeeperError, messageOf } from '../model';
import { unreadableAnswer } from '../client/unreadable';
import type { ErrorKind } from '../model';
import { EXIT_CODES, exitCodeOfSignal } from './exitCodes';
import type { ExitReason } from './exitCodes';

/** A command's failure. The message is for the user: what happened, why, what to do next. */
export class CliFailure extends Error {
  readonly exitCode: number;
  /** An error kind, or the exit code's name. */
  readonly kind: string;

  constructor(reason: ExitReason, message: string, options: { kind?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliFailure';
    this.exitCode = EXIT_CODES[reason].code;
    this.kind = options.kind ?? reason;
  }
}

/** The failure for invalid options, variables or configuration: exit code 2, kind `validation`. */
export function invalidUsage(message: string, cause?: unknown): CliFailure {
  return new CliFailure('usage', message, { kind: 'validation', cause });
}

/** A command was stopped by a signal and has cleaned up. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message: string) {
    super(message);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/** What a command reports about an error. */
export interface FailureReport {
  exitCode: number;
  kind: string;
  message: string;
}

/** Turns any error that a command can throw into a report. */
export function reportFailure(thrown: unknown): FailureReport {
  // Any command may get an answer that it can't decode.
  const error = unreadableAnswer(thrown) ?? thrown;
  const message = messageOf(error);
  if (error instanceof CliFailure) return { exitCode: error.exitCode, kind: error.kind, message };
  if (error instanceof Interrupted) return { exitCode: exitCodeOfSignal(error.signal), kind: 'interrupted', message };
  if (isPodkeeperError(error)) return { exitCode: EXIT_CODES[reasonOf(error.kind)].code, kind: error.kind, message };
  const missing = missingSdkPackage(error);
  if (missing !== undefined) return reportFailure(missing);
  return { exitCode: EXIT_CODES.failed.code, kind: 'unknown', message };
}

/** The stacks of an error and of its causes, for `--debug`. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}

function reasonOf(kind: ErrorKind): ExitReason {
  if (kind === 'validation' || kind === 'unsupported') return 'usage';
  if (kind === 'not_found') return 'notFound';
  if (kind === 'conflict') return 'conflict';
  return kind === 'transport' ? 'unreachable' : 'failed';
}
