import type { Command } from 'commander';
import { requireWorkerSdk } from '../../installation';
import { isPodkeeperError, messageOf } from '../../model';
import { findServer, progressPrinter } from '../../servers';
import { fakeRunpodDemo } from '../demo/fakeRunpodDemo';
import { localDemo } from '../demo/localDemo';
import type { DemoIdentity, ProviderDemo } from '../demo/providerDemo';
import type { DemoRun } from '../demo/demoRun';
import { runSteps } from '../demo/steps';
import { Timeline } from '../demo/timeline';
import { CliFailure, Interrupted, invalidUsage } from '../failure';
import { loadDemoRun } from '../onDemand';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { onStopSignals } from '../signals';

interface DemoOptions extends SharedOptions {
  provider?: string;
  fake?: boolean;
  keep?: boolean;
}

/** `podkeeper demo`: runs one pod from claim to end, and prints each step. */
export function demoCommand(surroundings: CommandSurroundings): Command {
  return command('demo', 'run one pod from start to end on this machine in 15 seconds, and kill its worker halfway', {
    json: 'print JSON lines',
    examples: [['podkeeper demo --provider runpod --fake', 'with a fake RunPod']],
  })
    .option('--provider <name>', 'local, or runpod with --fake (default: local)')
    .option('--fake', 'use a fake RunPod on this machine, at no cost')
    .option('--keep', "keep Temporal's UI running until Ctrl-C")
    .action((options: DemoOptions) => demo(options, surroundings));
}

async function demo(options: DemoOptions, surroundings: CommandSurroundings): Promise<void> {
  // Check here: the worker is a separate process, and its error would only reach the demo.
  requireWorkerSdk();
  const output = new Output(surroundings, options.json === true);
  const build = demoOf(options);
  // May take minutes the first time. Nothing has been started yet, so Ctrl-C needs no cleanup.
  const executable = await findExecutable();
  const interrupted = new AbortController();
  const release = onStopSignals((signal, count) => {
    if (count > 1) output.say('ending the pod, the worker and the server; this takes a few seconds');
    interrupted.abort(new Interrupted(signal, 'the demo was interrupted; everything it started has been stopped'));
  });
  const { DemoRun } = loadDemoRun();
  const run = new DemoRun(build);
  try {
    await runDemo(run, executable, { output, keep: options.keep === true, signal: interrupted.signal });
    await run.close({ keepFiles: false });
  } catch (error) {
    const isFault = !(error instanceof Interrupted);
    await run.close({ keepFiles: isFault });
    if (isFault) output.say(`the logs of the demo's worker and server are in ${run.directory}`);
    throw error;
  } finally {
    release();
  }
  // A signal may have arrived during the cleanup.
  if (options.keep !== true) interrupted.signal.throwIfAborted();
}

interface DemoRunOptions {
  output: Output;
  keep: boolean;
  signal: AbortSignal;
}

async function runDemo(run: DemoRun, executable: string, { output, keep, signal }: DemoRunOptions): Promise<void> {
  const timeline = new Timeline(output);
  for (const line of run.provider.remarks) timeline.remark(line);
  const server = await runSteps({ run, timeline, signal }, executable);
  timeline.step('done', `in ${(timeline.elapsedMs / 1_000).toFixed(1)} s`, { totalMs: timeline.elapsedMs });
  if (!keep) return;
  output.say(`Temporal's UI keeps running at ${server.uiUrl}; press Ctrl-C to stop it`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** @throws CliFailure `usage` for a provider that has no demo. */
function demoOf({ provider, fake = false }: DemoOptions): (place: DemoIdentity) => ProviderDemo {
  switch (provider ?? (fake ? 'runpod' : 'local')) {
    case 'runpod':
      if (fake) return fakeRunpodDemo;
      throw invalidUsage(
        '--provider: a pod at RunPod costs money, and the demo never spends any: add --fake to use a fake RunPod on this machine',
      );
    case 'local':
      if (!fake) return localDemo;
      throw invalidUsage('--fake: a local pod is a real process and costs nothing: remove --fake or --provider local');
    default:
      throw invalidUsage(`--provider: must be local, or runpod with --fake, but is '${provider}'`);
  }
}

async function findExecutable(): Promise<string> {
  try {
    return (await findServer('dev', { report: progressPrinter(process.stderr) })).path;
  } catch (error) {
    const kind = isPodkeeperError(error) ? error.kind : 'unknown';
    throw new CliFailure('unreachable', messageOf(error), { kind, cause: error });
  }
}
