import type { Command } from 'commander';
import { isPodkeeperError, messageOf } from '../../model';
import { findServer, progressPrinter } from '../../servers';
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
  keep?: boolean;
}

/** `podkeeper demo`: one pod's life, told while it happens. */
export function demoCommand(surroundings: CommandSurroundings): Command {
  return command('demo', 'take one pod through its life on this machine, and kill its worker in the middle', {
    json: 'print JSON lines',
  })
    .option('--keep', "keep Temporal's UI open at the end, until Ctrl-C")
    .action((options: DemoOptions) => demo(options, surroundings));
}

async function demo(options: DemoOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  // The one part that can take minutes, once: nothing has been started yet, and Ctrl-C may end it as it likes.
  const executable = await findExecutable();
  const interrupted = new AbortController();
  const release = onStopSignals((signal, count) => {
    if (count > 1) output.say('ending the pod, the worker and the server; this takes some seconds');
    interrupted.abort(new Interrupted(signal, 'the demo was interrupted; nothing of it is left'));
  });
  const stage = new Stage();
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
  timeline.remark(
    'A real Temporal, a real worker, a real process as the pod. Only the intervals are shortened for the demo:',
  );
  timeline.remark(
    'a look at the pod each second instead of each minute, a lost worker noticed after 5 s instead of 15 s.\n',
  );
  const server = await tellStory({ stage, timeline, signal }, executable);
  timeline.tell('done', `in ${(timeline.elapsedMs / 1_000).toFixed(1)} s`, { totalMs: timeline.elapsedMs });
  if (!keep) return;
  output.say(`Temporal's UI stays at ${server.uiUrl}; Ctrl-C ends it`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function findExecutable(): Promise<string> {
  try {
    return (await findServer('dev', { report: progressPrinter(process.stderr) })).path;
  } catch (error) {
    const kind = isPodkeeperError(error) ? error.kind : 'unknown';
    throw new CliFailure('unreachable', messageOf(error), { kind, cause: error });
  }
}
