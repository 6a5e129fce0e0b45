/** Where a command reads its surroundings from and writes to. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** What one command runs in. */
export interface CommandSurroundings extends Surroundings {
  /** For `with`: all that stood behind `--`; `undefined` where there was no `--`. */
  rest: string[] | undefined;
  /** For an end that is neither success nor an error to be told. */
  setExitCode(code: number): void;
}

/** `process.stdout` is one. */
export interface OutputStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  on?(event: 'resize' | 'error', listener: (error?: Error) => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
  write(text: string): unknown;
}

/**
 * A command's two voices: results on stdout, as text or as JSON, and all that is said meanwhile on stderr. On a terminal
 * stderr's last line can be a status that is rewritten.
 */
export class Output {
  readonly isJson: boolean;
  private readonly stdout: OutputStream;
  private readonly stderr: OutputStream;
  /** Aborts when whoever reads the results has gone, as `head` does after its lines. */
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

  /** The result: one JSON document, or text. */
  result(document: unknown, text: () => string): void {
    this.clearStatus();
    this.endLine();
    this.stdout.write(this.isJson ? `${JSON.stringify(document, undefined, 2)}\n` : endOfLine(printable(text())));
  }

  /** One entry of a stream of results. */
  entry(document: unknown, text: () => string): void {
    this.clearStatus();
    this.endLine();
    this.stdout.write(this.isJson ? `${JSON.stringify(document)}\n` : endOfLine(printable(text())));
  }

  /**
   * A part of a line, which the next one goes on with. What begins anew after a carriage return does so on a terminal,
   * and has a line of its own elsewhere.
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

  /** Ends a line of which parts were written. */
  endLine(): void {
    if (this.hasOpenLine) this.stdout.write('\n');
    this.hasOpenLine = false;
  }

  /** A line for people. */
  say(line: string): void {
    this.clearStatus();
    this.endLine();
    this.stderr.write(endOfLine(printable(line)));
  }

  /** What is waited for at this moment. Only on a terminal: elsewhere it would fill a log. */
  status(line: string): void {
    if (this.stderr.isTTY !== true) return;
    // A terminal that doesn't know its width says 0.
    const width = (this.stderr.columns || 80) - 1;
    this.stderr.write(`\r\u001B[K${printable(line).replaceAll('\n', ' ').slice(0, width)}`);
    this.hasStatus = true;
  }

  clearStatus(): void {
    if (this.hasStatus) this.stderr.write('\r\u001B[K');
    this.hasStatus = false;
  }
}

/** Without the colours and control characters by which a text from outside could write over what stands on the terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
}

function endOfLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
