import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { PHASES, messageOf, parseDuration } from '../../model';
import type { Phase } from '../../model';
import { openSession } from '../session';
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
/** Workflows queried per refresh: 20 a second at the default interval, however many claims there are. */
const ASKED_EACH_TIME = 40;
/** Lines above the table on a terminal. */
const HEADER_LINES = 2;

/** `podkeeper top`: a table of open claims that refreshes. */
export function topCommand(surroundings: CommandSurroundings): Command {
  return command('top', 'watch open claims: phase, GPU, owner, age, deadlines, price and cost', {
    json: 'print one JSON document per refresh and line',
    examples: [
      ['podkeeper top', 'refreshes until Ctrl-C; one table if stdout is no terminal'],
      ['podkeeper top --sort deadline --owner ada', "one person's claims, the next to end first"],
    ],
  })
    .option('--once', 'print one table and exit')
    .addOption(
      new Option('--interval <duration>', 'how often to refresh')
        .argParser(parseInterval)
        .default(DEFAULT_INTERVAL_MS, '2s'),
    )
    .addOption(new Option('--sort <by>', 'sort order').choices(Object.keys(SORTS)).default('age'))
    .option('--owner <name>', 'only claims of this owner')
    .addOption(new Option('--phase <phase>', 'only claims in this phase').choices(PHASES))
    .option(
      '--limit <count>',
      'at most this many, the newest',
      (text) => wholeNumber(text, 1, 10_000, '1 to 10000'),
      DEFAULT_LIMIT,
    )
    .action((options: TopOptions) => top(options, surroundings));
}

async function top(options: TopOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { podkeeper, client } = await openSession(options, surroundings);
  const board = new ClaimBoard(podkeeper, () => hasWorker(client, podkeeper.deployment));
  const refresh = async (limits: Omit<RefreshLimits, 'claims'>): Promise<TopSnapshot> => {
    const snapshot = await board.refresh({ ...limits, claims: options.limit }, (claim) => isWanted(claim, options));
    return sorted(snapshot, options.sort);
  };
  const isWatched = surroundings.stdout.isTTY === true;
  if (options.once === true || (!isWatched && !output.isJson)) {
    const snapshot = await refresh({ asked: Infinity, withinMs: Infinity });
    return output.result(snapshot, () =>
      topLines(snapshot)
        .map(({ text }) => `${text}\n`)
        .join(''),
    );
  }
  const again = () => refresh({ asked: ASKED_EACH_TIME, withinMs: options.interval });
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
  refresh: () => Promise<TopSnapshot>,
  output: Output,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const { snapshot, error } of refreshes(refresh, interval, signal)) {
    if (error === null) output.entry(snapshot, () => '');
    else output.say(`refresh failed (${error}); trying again`);
  }
}

async function watch(
  refresh: () => Promise<TopSnapshot>,
  screen: Screen,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  let last: Refresh | undefined;
  const redraw = () => {
    if (last !== undefined) screen.draw(picture(last, screen.size));
  };
  const release = screen.onResize(redraw);
  try {
    for await (last of refreshes(refresh, interval, signal)) {
      screen.open();
      redraw();
    }
  } finally {
    release();
    screen.close();
  }
}

interface Refresh {
  /** The newest snapshot. */
  snapshot: TopSnapshot;
  /** Why the last refresh failed; `null` if it succeeded. */
  error: string | null;
}

/** Refreshes until aborted; failed refreshes are reported in `error`. @throws the first refresh's error, since there is nothing to show then. */
async function* refreshes(
  refresh: () => Promise<TopSnapshot>,
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<Refresh, void, undefined> {
  let snapshot: TopSnapshot | undefined;
  for (;;) {
    const startedAt = performance.now();
    let error: string | null = null;
    try {
      snapshot = await orAborted(refresh(), signal);
    } catch (failure) {
      if (snapshot === undefined || signal.aborted) throw failure;
      error = messageOf(failure);
    }
    yield { snapshot, error };
    await orAborted(delay(Math.max(interval / 2, interval - (performance.now() - startedAt))), signal);
  }
}

function picture({ snapshot, error }: Refresh, { rows, columns }: Screen['size']) {
  const header = error === null ? 'press Ctrl-C to exit' : `refresh failed (${error}); trying again`;
  const room = Math.max(1, rows - HEADER_LINES - linesAround(snapshot));
  return [
    { text: `podkeeper top  ${snapshot.deployment}  ${snapshot.at.slice(11, 19)}Z  ${header}`, alert: error !== null },
    { text: '' },
    ...topLines(snapshot, room, columns).map(({ text, hasDebt }) => ({ text, alert: hasDebt })),
  ];
}

/** A stop signal is the normal way to end this command, not a failure. */
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
