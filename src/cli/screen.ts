import { printable } from './output';
import type { OutputStream } from './output';

export interface ScreenLine {
  text: string;
  /** Whether to print it in red. */
  alert?: boolean;
}

const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const END_OF_LINE = '\u001B[K';
const END_OF_SCREEN = '\u001B[J';
const ALERT = '\u001B[1;31m';
const PLAIN = '\u001B[0m';

/** Draws full screens on the terminal's alternate screen. `close`, or the end of the process, restores the original one. */
export class Screen {
  private readonly stdout: OutputStream;
  private readonly hasColours: boolean;
  private isOpen = false;

  /** Without colours if `NO_COLOR` is set, see https://no-color.org */
  constructor(stdout: OutputStream, env: NodeJS.ProcessEnv) {
    this.stdout = stdout;
    this.hasColours = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  get size(): { columns: number; rows: number } {
    // A terminal of unknown size reports 0.
    return { columns: this.stdout.columns || 80, rows: this.stdout.rows || 24 };
  }

  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    process.once('exit', this.close);
    this.stdout.write(ENTER);
  }

  /** Draws lines from the top. Lines that don't fit are cut. */
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

  /** Calls back when the terminal is resized. @returns a function that unsubscribes. */
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
