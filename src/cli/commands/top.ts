import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { PHASES, messageOf, parseDuration } from '../../model';
import type { Phase } from '../../model';
import { openSession } from '../connection';
import { Interrupted } from '../failure';
import { command, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { Screen } from '../screen';
import { orAborted, untilStopSignal } from '../signals';
import { ClaimBoard } from '../top/claimBoard';
import type { RefreshLimits } from '../top/claimBoard';
import type { TopClaim, TopSnapshot } from '../top/snapshot';
import { SORTS, linesAround, sorted, topLines } from '../top/topText';
import type { Sort } from '../top/topText';
import { hasWorker } from '../../client/pollers';

interface TopOptions extends SharedOptions {
  once?: boolean;
  interval: number;
  sort: Sort;
  owner?: string;
  phase?: Phase;
  limit: number;
}

const DEFAULT_INTERVAL_MS = 2_000;
const SHORTEST_INTERVAL_MS = 500;
const DEFAULT_LIMIT = 1_000;
/** Of how many claims the workflow is asked at each refresh: 20 a second at the usual interval, whatever their number. */
const ASKED_EACH_TIME = 40;
/** Lines above the table, on a terminal. */
const HEADER_LINES = 2;

/** `podkeeper top`: what runs, what it costs, what ends it, again and again. */
export function topCommand(surroundings: CommandSurroundings): Command {
  return command('top', 'watch the open claims: phase, GPU, owner, age, idle time, deadline, price and money spent', {
    json: 'print one JSON document at each refresh, on a line of its own',
    examples: [
      ['podkeeper top', 'until Ctrl-C; one table where nobody watches'],
      ['podkeeper top --sort deadline --owner ada', "one person's, what ends first on top"],
      ['podkeeper top --once --json', 'one document, for programs'],
    ],
  })
    .option('--once', 'print one table and end, also on a terminal')
    .addOption(
      new Option('--interval <duration>', 'how often it looks anew, for instance 5s')
        .argParser(parseInterval)
        .default(DEFAULT_INTERVAL_MS, '2s'),
    )
    .addOption(new Option('--sort <by>', 'in which order').choices(Object.keys(SORTS)).default('age'))
    .option('--owner <name>', 'only the claims of this owner')
    .addOption(new Option('--phase <phase>', 'only the claims in this phase').choices(PHASES))
    .option(
      '--limit <count>',
      'no more than this many, the newest',
      (text) => wholeNumber(text, 1, 10_000, '1 to 10000'),
      DEFAULT_LIMIT,
    )
    .action((options: TopOptions) => top(options, surroundings));
}

async function top(options: TopOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { podkeeper, client } = await openSession(options, surroundings);
  const board = new ClaimBoard(podkeeper, () => hasWorker(client, podkeeper.deployment));
  const look = async (limits: Omit<RefreshLimits, 'claims'>): Promise<TopSnapshot> => {
    const snapshot = await board.refresh({ ...limits, claims: options.limit }, (claim) => isWanted(claim, options));
    return sorted(snapshot, options.sort);
  };
  const isWatched = surroundings.stdout.isTTY === true;
  if (options.once === true || (!isWatched && !output.isJson)) {
    const snapshot = await look({ asked: Infinity, withinMs: Infinity });
    return output.result(snapshot, () =>
      topLines(snapshot)
        .map(({ text }) => `${text}\n`)
        .join(''),
    );
  }
  const again = () => look({ asked: ASKED_EACH_TIME, withinMs: options.interval });
  await untilCtrlC(output, async (signal) => {
    if (output.isJson) await stream(again, output, options.interval, signal);
    else await watch(again, new Screen(surroundings.stdout, surroundings.env), options.interval, signal);
  });
}

function isWanted({ owner, phase }: TopClaim, options: TopOptions): boolean {
  if (options.owner !== undefined && owner !== options.owner) return false;
  return options.phase === undefined || phase === options.phase;
}

async function stream(
  look: () => Promise<TopSnapshot>,
  output: Output,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const { snapshot, error } of looks(look, interval, signal)) {
    if (error === null) output.entry(snapshot, () => '');
    else output.say(`can't be refreshed: ${error}; trying on`);
  }
}

async function watch(
  look: () => Promise<TopSnapshot>,
  screen: Screen,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  let last: Look | undefined;
  const redraw = () => {
    if (last !== undefined) screen.draw(picture(last, screen.size));
  };
  const release = screen.onResize(redraw);
  try {
    for await (last of looks(look, interval, signal)) {
      screen.open();
      redraw();
    }
  } finally {
    release();
    screen.close();
  }
}

interface Look {
  /** The newest that there is. */
  snapshot: TopSnapshot;
  /** Why there is no newer one. */
  error: string | null;
}

/** Looks again and again, also where some fail. @throws what the first look throws: then nothing is there to be shown. */
async function* looks(
  look: () => Promise<TopSnapshot>,
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<Look, void, undefined> {
  let snapshot: TopSnapshot | undefined;
  for (;;) {
    const startedAt = performance.now();
    let error: string | null = null;
    try {
      snapshot = await orAborted(look(), signal);
    } catch (failure) {
      if (snapshot === undefined || signal.aborted) throw failure;
      error = messageOf(failure);
    }
    yield { snapshot, error };
    await orAborted(delay(Math.max(interval / 2, interval - (performance.now() - startedAt))), signal);
  }
}

function picture({ snapshot, error }: Look, { rows, columns }: Screen['size']) {
  const header = error === null ? 'Ctrl-C ends it' : `can't be refreshed: ${error}; trying on`;
  const room = Math.max(1, rows - HEADER_LINES - linesAround(snapshot));
  return [
    { text: `podkeeper top  ${snapshot.deployment}  ${snapshot.at.slice(11, 19)}Z  ${header}`, alert: error !== null },
    { text: '' },
    ...topLines(snapshot, room, columns).map(({ text, owes }) => ({ text, alert: owes })),
  ];
}

/** To stop it is the only way out, and so no failure. */
async function untilCtrlC(output: Output, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  try {
    await untilStopSignal((signal) => new Interrupted(signal, 'stopped'), work, output.readerGone);
  } catch (error) {
    if (!(error instanceof Interrupted) || error.signal === 'SIGPIPE') throw error;
  }
}

function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= SHORTEST_INTERVAL_MS && ms <= 3_600_000) return ms;
  throw new InvalidArgumentError('It must be a duration from 500ms to 1h, for instance 5s.');
}
