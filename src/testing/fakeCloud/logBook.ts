/** One line of a pod's output. */
export interface LogEntry {
  /** Its number in the pod's output, from 1. */
  place: number;
  source: 'container' | 'system';
  line: string;
  /** ms since 1970. */
  at: number;
}

/** The output of a fake cloud's pods. */
export class LogBook {
  private readonly entries = new Map<string, LogEntry[]>();
  private readonly readers = new Set<() => void>();

  write(podId: string, line: string, source: LogEntry['source'], at: number): void {
    const entries = this.entries.get(podId) ?? [];
    entries.push({ place: entries.length + 1, source, line, at });
    this.entries.set(podId, entries);
    for (const wake of this.readers) wake();
  }

  /** All lines of a pod, oldest first. */
  of(podId: string): readonly LogEntry[] {
    return this.entries.get(podId) ?? [];
  }

  /** Resolves at the next line of any pod, or after `withinMs`, ms of real time. */
  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.readers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  clear(): void {
    this.entries.clear();
  }
}
