import { printable } from './output';
import type { OutputStream } from './output';

/** A line of the screen. */
export interface ScreenLine {
  text: string;
  /** Whether it has to catch the eye. */
  alert?: boolean;
}

const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const END_OF_LINE = '\u001B[K';
const END_OF_SCREEN = '\u001B[J';
const ALERT = '\u001B[1;31m';
const PLAIN = '\u001B[0m';

/** The whole terminal, for a picture that is drawn again and again. What stood there before comes back when it is closed, or the process ends. */
export class Screen {
  private readonly stdout: OutputStream;
  private readonly hasColours: boolean;
  private isOpen = false;

  /** Without colours where the user says so: https://no-color.org */
  constructor(stdout: OutputStream, env: NodeJS.ProcessEnv) {
    this.stdout = stdout;
    this.hasColours = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /** How much can be seen. */
  get size(): { columns: number; rows: number } {
    // A terminal that doesn't know its size says 0.
    return { columns: this.stdout.columns || 80, rows: this.stdout.rows || 24 };
  }

  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    process.once('exit', this.close);
    this.stdout.write(ENTER);
  }

  /** Draws lines from the top; what doesn't fit is left out. */
  draw(lines: readonly ScreenLine[]): void {
    const { columns, rows } = this.size;
    const drawn = lines.slice(0, rows).map(({ text, alert = false }) => {
      const cut = printable(text)
        .replaceAll(/[\n\t]/g, ' ')
        .slice(0, columns);
      return `${alert && this.hasColours ? `${ALERT}${cut}${PLAIN}` : cut}${END_OF_LINE}`;
    });
    this.stdout.write(`${HOME}${drawn.join('\r\n')}${END_OF_SCREEN}`);
  }

  /** Calls back when the terminal has another size. @returns a function that stops it. */
  onResize(redraw: () => void): () => void {
    this.stdout.on?.('resize', redraw);
    return () => void this.stdout.off?.('resize', redraw);
  }

  readonly close = (): void => {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.off('exit', this.close);
    this.stdout.write(LEAVE);
  };
}
