import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CRASH_VARIABLE } from './crashPoint';
import type { CrashOrder, Place } from './crashPoint';

/** What the processes of one play are told of crash points: where to die, or to write down where they were. */
export class Crash {
  /** Where one of them dies; `undefined`: none does. */
  readonly place: Place | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), 'podkeeper-crash-order-'));

  constructor(place?: Place) {
    this.place = place;
  }

  /** Variables for each process that may die. */
  get environment(): Record<string, string> {
    const order: CrashOrder = {
      turnPath: this.turnPath,
      ...(this.place === undefined
        ? { recordPath: this.recordPath }
        : { kill: { place: this.place, killedPath: this.killedPath } }),
    };
    return { [CRASH_VARIABLE]: JSON.stringify(order) };
  }

  /** From now on it is the second act. */
  turn(): void {
    writeFileSync(this.turnPath, '');
  }

  /** Whether somebody has died of it. */
  get hasKilled(): boolean {
    return existsSync(this.killedPath);
  }

  /** The places that were written down. */
  places(): Place[] {
    if (!existsSync(this.recordPath)) return [];
    const lines = readFileSync(this.recordPath, 'utf8').split('\n');
    // Several processes of one role may have been there.
    return [...new Set(lines.filter((line) => line !== ''))].map((line) => JSON.parse(line) as Place);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get turnPath(): string {
    return join(this.directory, 'turn');
  }

  private get killedPath(): string {
    return join(this.directory, 'killed');
  }

  private get recordPath(): string {
    return join(this.directory, 'record.jsonl');
  }
}
