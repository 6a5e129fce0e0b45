/** What a command's exit code says. Scripts branch on these: a code keeps its meaning. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'the claim failed or ended badly, or something else went wrong' },
  usage: { code: 2, meaning: 'wrong usage, or an invalid spec or configuration; nothing was rented' },
  unreachable: { code: 3, meaning: "Temporal can't be reached, or no worker answers" },
  notFound: { code: 4, meaning: 'there is no such claim, or no reaper for the account' },
  conflict: { code: 5, meaning: 'the claim, or something else in use, stands against it' },
  withFailed: { code: 125, meaning: "only 'with': Podkeeper itself failed, or the pod was lost while in use" },
  withNotExecutable: { code: 126, meaning: "only 'with': the command can't be executed" },
  withNotFound: { code: 127, meaning: "only 'with': the command was not found" },
  interrupted: { code: 130, meaning: 'interrupted by Ctrl-C (128 + 2); other signals likewise: 143 by SIGTERM' },
} as const;

/** One of {@link EXIT_CODES}, by its name. */
export type ExitReason = keyof typeof EXIT_CODES;

/** The table for `podkeeper --help`. */
export function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`);
  return ['Exit codes:', ...rows, "  'with' otherwise exits as its command did."].join('\n');
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

/** The shell's way to write an end by a signal: 128 and its number. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}
