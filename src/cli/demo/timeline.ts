import type { Output } from '../output';

/** Tells what happens, each entry with the time since the beginning. */
export class Timeline {
  private readonly output: Output;
  private readonly begin = performance.now();

  constructor(output: Output) {
    this.output = output;
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.begin);
  }

  /** One step. `facts` are for programs. */
  tell(step: string, message: string, facts: Record<string, unknown> = {}): void {
    const { elapsedMs } = this;
    this.output.entry({ elapsedMs, step, message, ...facts }, () => timelineLine(elapsedMs, step, message));
  }

  /** A line for people that is no step. */
  remark(line: string): void {
    if (!this.output.isJson) this.output.entry(null, () => line);
  }
}

const STEP_WIDTH = 14;
const TIME_WIDTH = 7;

/** `   3.2s  healthy         at http://…`; further lines of the message stand under its first. */
export function timelineLine(elapsedMs: number, step: string, message: string): string {
  const time = `${(elapsedMs / 1_000).toFixed(1)}s`.padStart(TIME_WIDTH);
  const indent = `\n${' '.repeat(TIME_WIDTH + STEP_WIDTH + 4)}`;
  return `${time}  ${step.padEnd(STEP_WIDTH)}  ${message.replaceAll('\n', indent)}`;
}
