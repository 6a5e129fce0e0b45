import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CRASH_VARIABLE } from './crashPoint';
import type { CrashOrder, Place } from './crashPoint';

/** Controls the crash points of a scenario's processes: where to die, or to record which points were reached. */
export class Crash {
  /** Where a process dies; `undefined`: nowhere. */
  readonly place: Place | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), 'podkeeper-crash-order-'));

  constructor(place?: Place) {
    this.place = place;
  }

  /** Environment variables for each process that may die. */
  get environment(): Record<string, string> {
    const order: CrashOrder = {
      secondHalfPath: this.secondHalfPath,
      ...(this.place === undefined
        ? { recordPath: this.recordPath }
        : { kill: { place: this.place, killedPath: this.killedPath } }),
    };
    return { [CRASH_VARIABLE]: JSON.stringify(order) };
  }

  /** Begins the second half. */
  startSecondHalf(): void {
    writeFileSync(this.secondHalfPath, '');
  }

  /** Whether a process was killed. */
  get hasKilled(): boolean {
    return existsSync(this.killedPath);
  }

  /** The recorded places. */
  places(): Place[] {
    if (!existsSync(this.recordPath)) return [];
    const lines = readFileSync(this.recordPath, 'utf8').split('\n');
    // Several processes of one role may have reached the same place.
    return [...new Set(lines.filter((line) => line !== ''))].map((line) => JSON.parse(line) as Place);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get secondHalfPath(): string {
    return join(this.directory, 'second-half');
  }

  private get killedPath(): string {
    return join(this.directory, 'killed');
  }

  private get recordPath(): string {
    return join(this.directory, 'record.jsonl');
  }
}
