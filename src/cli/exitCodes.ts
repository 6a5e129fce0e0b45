/** The exit codes. Scripts depend on them: never change a code's meaning. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'the claim failed, or something else went wrong' },
  usage: { code: 2, meaning: 'invalid usage, spec or configuration; nothing was rented' },
  unreachable: { code: 3, meaning: "Temporal can't be reached, or no worker answers" },
  notFound: { code: 4, meaning: 'no such claim, or no reaper for the account' },
  conflict: { code: 5, meaning: "conflict with the claim's state, or something is in use" },
  withFailed: { code: 125, meaning: "'with' only: Podkeeper itself failed, or the pod was lost while in use" },
  withNotExecutable: { code: 126, meaning: "'with' only: the command can't be executed" },
  withNotFound: { code: 127, meaning: "'with' only: the command was not found" },
  interrupted: {
    code: 130,
    meaning: 'interrupted by Ctrl-C; for other signals 128 + their number',
  },
} as const;

/** A key of {@link EXIT_CODES}. */
export type ExitReason = keyof typeof EXIT_CODES;

/** The table for `podkeeper --help`. */
export function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`);
  return ['Exit codes:', ...rows, "  Otherwise 'with' exits with its command's code."].join('\n');
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** As in a shell: 128 plus the signal's number. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}
