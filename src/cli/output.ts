/** What a command reads from and writes to, instead of `process`. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** The surroundings of one command. */
export interface CommandSurroundings extends Surroundings {
  /** For `with`: the arguments after `--`; `undefined` without `--`. */
  rest: string[] | undefined;
  /** Sets the exit code without an error message. */
  setExitCode(code: number): void;
}

/** The part of `process.stdout` that commands use. */
export interface OutputStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  on?(event: 'resize' | 'error', listener: (error?: Error) => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
  write(text: string): unknown;
}

/**
 * A command's output: results on stdout, as text or JSON; messages on stderr. On a terminal, the last line of stderr can be a status line that is
 * overwritten.
 */
export class Output {
  readonly isJson: boolean;
  private readonly stdout: OutputStream;
  private readonly stderr: OutputStream;
  /** Aborts when stdout's reader has closed the pipe, as `head` does. */
  readonly readerGone: AbortSignal;
  private hasStatus = false;
  private hasOpenLine = false;

  constructor({ stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>, isJson: boolean) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.isJson = isJson;
    const gone = new AbortController();
    this.readerGone = gone.signal;
    stdout.on?.('error', (error) => {
      if (error !== undefined && 'code' in error && error.code === 'EPIPE') gone.abort(error);
    });
  }

  /** Prints the result: one JSON document, or text. */
  result(document: unknown, text: () => string): void {
    this.clearStatus();
    this.endLine();
    this.stdout.write(this.isJson ? `${JSON.stringify(document, undefined, 2)}\n` : endOfLine(printable(text())));
  }

  /** Prints one entry of a stream of results: one line of JSON, or text. */
  entry(document: unknown, text: () => string): void {
    this.clearStatus();
    this.endLine();
    this.stdout.write(this.isJson ? `${JSON.stringify(document)}\n` : endOfLine(printable(text())));
  }

  /**
   * Prints a part of a line; the next part continues it. After a carriage return the line is overwritten on a terminal, and a new line begins
   * elsewhere.
   */
  part(document: unknown, text: string, isLast: boolean): void {
    if (this.isJson) return this.entry(document, () => '');
    this.clearStatus();
    const begun = text.replace(/\r+$/, '').split('\r');
    const written = begun.at(-1) ?? '';
    if (begun.length > 1 && this.hasOpenLine) this.stdout.write(this.stdout.isTTY === true ? '\r\u001B[K' : '\n');
    this.stdout.write(`${printable(written)}${isLast ? '\n' : ''}`);
    this.hasOpenLine = !isLast;
  }

  /** Ends a line that {@link part} began. */
  endLine(): void {
    if (this.hasOpenLine) this.stdout.write('\n');
    this.hasOpenLine = false;
  }

  /** Prints a message for people, on stderr. */
  say(line: string): void {
    this.clearStatus();
    this.endLine();
    this.stderr.write(endOfLine(printable(line)));
  }

  /** Shows what the command waits for. Only on a terminal, since it would fill a log. */
  status(line: string): void {
    if (this.stderr.isTTY !== true) return;
    // A terminal of unknown width reports 0.
    const width = (this.stderr.columns || 80) - 1;
    this.stderr.write(`\r\u001B[K${printable(line).replaceAll('\n', ' ').slice(0, width)}`);
    this.hasStatus = true;
  }

  clearStatus(): void {
    if (this.hasStatus) this.stderr.write('\r\u001B[K');
    this.hasStatus = false;
  }
}

/** Removes colours and control characters, with which a text from outside could overwrite the terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
}

function endOfLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
