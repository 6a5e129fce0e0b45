import type { ServerKind } from './kinds';

/** The progress of a step, which may take minutes. */
export interface Progress {
  /** The server that is being installed. */
  server: ServerKind;
  /** For instance `Building Temporal's dev server with go install`. */
  step: string;
  /** Since the step started, ms. */
  elapsedMs: number;
  /** Whether the step still runs, and how it ended. */
  state: 'running' | 'done' | 'failed';
}

/** Called when a step starts, every second while it runs, and when it ends. */
export type ReportProgress = (progress: Progress) => void;

const TICK_MS = 1_000;
const LINE_EVERY_MS = 15_000;

/** Reports a step now and every second, until the returned function is called. */
export function beginProgress(
  report: ReportProgress,
  step: { server: ServerKind; step: string },
): (state: 'done' | 'failed') => void {
  const begin = performance.now();
  const send = (state: Progress['state']): void =>
    report({ ...step, elapsedMs: Math.round(performance.now() - begin), state });
  send('running');
  const ticks = setInterval(() => send('running'), TICK_MS);
  return (state) => {
    clearInterval(ticks);
    send(state);
  };
}

/** Runs the work and reports it as one step. */
export async function withProgress<T>(
  report: ReportProgress,
  step: { server: ServerKind; step: string },
  work: () => Promise<T>,
): Promise<T> {
  const end = beginProgress(report, step);
  try {
    const result = await work();
    end('done');
    return result;
  } catch (error) {
    end('failed');
    throw error;
  }
}

/** A stream for {@link progressPrinter}, such as `process.stderr`. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Prints progress: on a terminal one line that is updated, elsewhere a line every 15 s. */
export function progressPrinter(stream: ProgressStream): ReportProgress {
  let nextLineMs = 0;
  return ({ step, elapsedMs, state }) => {
    const seconds = `${Math.round(elapsedMs / 1000)}s`;
    const line = state === 'running' ? `${step}… ${seconds}` : `${step}: ${state} after ${seconds}`;
    if (stream.isTTY === true) {
      stream.write(`\r\u001B[K${line}${state === 'running' ? '' : '\n'}`);
      return;
    }
    if (elapsedMs === 0 || state !== 'running') {
      nextLineMs = 0;
    }
    if (state !== 'running' || elapsedMs >= nextLineMs) {
      stream.write(`${line}\n`);
      nextLineMs = elapsedMs + LINE_EVERY_MS;
    }
  };
}
