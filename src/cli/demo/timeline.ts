import type { Output } from '../output';

/** Prints the demo's steps, each with the time since the start. */
export class Timeline {
  private readonly output: Output;
  private readonly begin = performance.now();

  constructor(output: Output) {
    this.output = output;
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.begin);
  }

  /** Prints one step. `facts` are for programs. */
  step(step: string, message: string, facts: Record<string, unknown> = {}): void {
    const { elapsedMs } = this;
    this.output.entry({ elapsedMs, step, message, ...facts }, () => timelineLine(elapsedMs, step, message));
  }

  /** Prints a line that is not a step, for people only. */
  remark(line: string): void {
    if (!this.output.isJson) this.output.entry(null, () => line);
  }
}

const STEP_WIDTH = 14;
const TIME_WIDTH = 7;

/** `   3.2s  healthy         at http://…`. Further lines of the message are aligned with its first. */
export function timelineLine(elapsedMs: number, step: string, message: string): string {
  const time = `${(elapsedMs / 1_000).toFixed(1)}s`.padStart(TIME_WIDTH);
  const indent = `\n${' '.repeat(TIME_WIDTH + STEP_WIDTH + 4)}`;
  return `${time}  ${step.padEnd(STEP_WIDTH)}  ${message.replaceAll('\n', indent)}`;
}
