import { join } from 'node:path';
import type { E2eWorkerConfig } from './e2eWorker';
import { startTypeScript } from './typeScriptProcess';
import type { TypeScriptProcess } from './typeScriptProcess';

/** A worker in a process of its own. */
export class WorkerProcess {
  private readonly process: TypeScriptProcess;
  private readonly started: Promise<string>;

  constructor(config: E2eWorkerConfig) {
    this.process = takeSpare();
    this.process.child.stdin.write(`${JSON.stringify(config)}\n`);
    this.started = this.process.nextLine();
    this.started.catch(() => undefined);
  }

  /** Resolves when it polls its queues. */
  async runs(): Promise<void> {
    await this.started;
  }

  /** SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    this.process.child.kill('SIGKILL');
    await this.process.ended;
  }

  /** Waits until it has been killed by itself. Answers the signal. */
  async died(): Promise<NodeJS.Signals | null> {
    return (await this.process.ended).signal;
  }

  /** SIGCONT. */
  thaw(): void {
    this.process.child.kill('SIGCONT');
  }

  /** SIGTERM, and waits until it has drained. Answers its exit code. */
  async drain(): Promise<number | null> {
    this.process.child.kill('SIGTERM');
    return (await this.process.ended).code;
  }
}

/** Loading takes a worker's process a second: the next one does it while the test before goes on. */
let spare: TypeScriptProcess | undefined;

function takeSpare(): TypeScriptProcess {
  const taken = spare ?? load();
  spare = load();
  return taken;
}

/** Ends the process that waits for the next test. */
export async function discardSpareWorker(): Promise<void> {
  spare?.child.kill('SIGKILL');
  await spare?.ended;
  spare = undefined;
}

function load(): TypeScriptProcess {
  return startTypeScript(join(__dirname, 'e2eWorker.ts'), []);
}
