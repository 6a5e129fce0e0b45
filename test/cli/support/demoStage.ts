import { readdirSync } from 'node:fs';
import { requireFreshBuild } from '../../support/e2eBuild';
import { killPods, podProcesses } from '../../support/e2eProcessTable';
import { isRunning } from '../../support/until';
import { cliEnvironment, endStarted, ownDirectory, startCli } from './cli';
import type { RunningCli } from './cli';

/** A step of a demo, as printed with `--json`. */
export interface Step {
  elapsedMs: number;
  step: string;
  message: string;
  pid?: number;
  deployment?: string;
  url?: string;
  name?: string;
  baseUrl?: string;
  usd?: number;
  billing?: unknown;
  pods?: number;
  report?: { cost: { total: number } };
}

/** Starts demos for the tests of a file, and cleans up after them. */
export class DemoStage {
  readonly env: NodeJS.ProcessEnv;
  private readonly home = ownDirectory();
  private readonly deployments = new Set<string>();

  constructor() {
    this.env = cliEnvironment(this.home.path, { TMPDIR: this.home.path });
    beforeAll(requireFreshBuild);
    afterAll(async () => {
      await endStarted();
      for (const name of this.deployments) await killPods(name);
    }, 60_000);
  }

  start(...options: string[]): RunningCli {
    return startCli(['demo', ...options], this.env);
  }

  stepsOf(demo: RunningCli): Step[] {
    const lines = demo.stdout().split('\n').slice(0, -1);
    const steps = lines.map((line) => JSON.parse(line) as Step).filter(({ step }) => step !== undefined);
    for (const { deployment } of steps) if (deployment !== undefined) this.deployments.add(deployment);
    return steps;
  }

  /** The processes and directories that a demo left. Before it prints its deployment, it has no pod. */
  leftOf(demo: RunningCli): unknown[] {
    const steps = this.stepsOf(demo);
    const pids = steps.flatMap(({ pid }) => (pid !== undefined && isRunning(pid) ? [pid] : []));
    const marked = steps.flatMap(({ deployment }) => (deployment === undefined ? [] : podProcesses(deployment)));
    const directories = readdirSync(this.home.path).filter((name) => name.startsWith('podkeeper-demo-'));
    return [...pids, ...marked, ...directories];
  }
}
