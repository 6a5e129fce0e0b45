import { join } from 'node:path';
import { DIST } from './e2eBuild';
import type { E2eWorkerConfig } from './e2eWorker';
import { startTypeScript } from './typeScriptProcess';
import type { TypeScriptProcess } from './typeScriptProcess';

/** A worker in a process of its own. */
export class WorkerProcess {
  private readonly process: TypeScriptProcess;
  private readonly started: Promise<string>;

  /** @param build the compiled package that it runs */
  constructor(config: E2eWorkerConfig, build = DIST) {
    this.process = takeSpare(build);
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
const spares = new Map<string, TypeScriptProcess>();

function takeSpare(build: string): TypeScriptProcess {
  const taken = spares.get(build) ?? load(build);
  spares.set(build, load(build));
  return taken;
}

/** Ends the processes that wait for the next test. */
export async function discardSpareWorker(): Promise<void> {
  for (const { child } of spares.values()) child.kill('SIGKILL');
  await Promise.all([...spares.values()].map(async ({ ended }) => await ended));
  spares.clear();
}

function load(build: string): TypeScriptProcess {
  return startTypeScript(join(__dirname, 'e2eWorker.ts'), [], { ...process.env, PODKEEPER_TEST_DIST: build });
}
