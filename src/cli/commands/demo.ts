import type { Command } from 'commander';
import { requireWorkerSdk } from '../../installation';
import { isPodkeeperError, messageOf } from '../../model';
import { findServer, progressPrinter } from '../../servers';
import { fakeRunpodScenery } from '../demo/fakeRunpodScenery';
import { localScenery } from '../demo/localScenery';
import type { DemoPlace, Scenery } from '../demo/scenery';
import { Stage } from '../demo/stage';
import { tellStory } from '../demo/story';
import { Timeline } from '../demo/timeline';
import { CliFailure, Interrupted } from '../failure';
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

/** `podkeeper demo`: one pod's life, told while it happens. */
export function demoCommand(surroundings: CommandSurroundings): Command {
  return command('demo', 'take one pod through its life on this machine, and kill its worker in the middle', {
    json: 'print JSON lines',
    examples: [
      ['podkeeper demo', 'a local pod, 15 seconds'],
      ['podkeeper demo --provider runpod --fake', "the same story on RunPod's wire; nothing costs"],
      ['podkeeper demo --keep', "Temporal's UI stays open"],
    ],
  })
    .option('--provider <name>', 'where the pod lives: local, or runpod with --fake (default: local)')
    .option('--fake', "on a pretend RunPod on this machine: its wire and its ledger, but nobody's money")
    .option('--keep', "keep Temporal's UI open at the end, until Ctrl-C")
    .action((options: DemoOptions) => demo(options, surroundings));
}

async function demo(options: DemoOptions, surroundings: CommandSurroundings): Promise<void> {
  // Its worker is a process of its own, which would only say so to the demo.
  requireWorkerSdk();
  const output = new Output(surroundings, options.json === true);
  const build = sceneryOf(options);
  // The one part that can take minutes, once: nothing has been started yet, and Ctrl-C may end it as it likes.
  const executable = await findExecutable();
  const interrupted = new AbortController();
  const release = onStopSignals((signal, count) => {
    if (count > 1) output.say('ending the pod, the worker and the server; this takes some seconds');
    interrupted.abort(new Interrupted(signal, 'the demo was interrupted; nothing of it is left'));
  });
  const stage = new Stage(build);
  try {
    await play(stage, executable, { output, keep: options.keep === true, signal: interrupted.signal });
    await stage.close({ keepFiles: false });
  } catch (error) {
    const isFault = !(error instanceof Interrupted);
    await stage.close({ keepFiles: isFault });
    if (isFault) output.say(`the logs of its worker and its server are in ${stage.directory}`);
    throw error;
  } finally {
    release();
  }
  // A signal that came while all was taken down.
  if (options.keep !== true) interrupted.signal.throwIfAborted();
}

interface Play {
  output: Output;
  keep: boolean;
  signal: AbortSignal;
}

async function play(stage: Stage, executable: string, { output, keep, signal }: Play): Promise<void> {
  const timeline = new Timeline(output);
  for (const line of stage.scenery.remarks) timeline.remark(line);
  const server = await tellStory({ stage, timeline, signal }, executable);
  timeline.tell('done', `in ${(timeline.elapsedMs / 1_000).toFixed(1)} s`, { totalMs: timeline.elapsedMs });
  if (!keep) return;
  output.say(`Temporal's UI stays at ${server.uiUrl}; Ctrl-C ends it`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** @throws CliFailure `usage` for a place where no demo can be. */
function sceneryOf({ provider, fake = false }: DemoOptions): (place: DemoPlace) => Scenery {
  switch (provider ?? (fake ? 'runpod' : 'local')) {
    case 'runpod':
      if (fake) return fakeRunpodScenery;
      throw refused(
        '--provider: a pod at RunPod costs money, and a demo never spends any: add --fake to see it on a pretend RunPod on this machine',
      );
    case 'local':
      if (!fake) return localScenery;
      throw refused('--fake: a local pod is a real process and costs nothing: leave out --fake, or --provider local');
    default:
      throw refused(`--provider: must be local, or runpod together with --fake; it is '${provider}'`);
  }
}

function refused(message: string): CliFailure {
  return new CliFailure('usage', message, { kind: 'validation' });
}

async function findExecutable(): Promise<string> {
  try {
    return (await findServer('dev', { report: progressPrinter(process.stderr) })).path;
  } catch (error) {
    const kind = isPodkeeperError(error) ? error.kind : 'unknown';
    throw new CliFailure('unreachable', messageOf(error), { kind, cause: error });
  }
}
