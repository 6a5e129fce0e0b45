import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { DURATION_FORM, parseDuration } from '../../model';
import type { LedgerEntry } from '../../simulator';
import { startFakeCloud } from '../../testing/fakeCloud';
import type { FakeCloud } from '../../testing/fakeCloud';
import { FAULT_FORM, readFault } from '../../testing/fakeCloud/faultText';
import type { ReadFault } from '../../testing/fakeCloud/faultText';
import { CliFailure } from '../failure';
import { command, parsePortNumber, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { onStopSignals } from '../signals';
import { counted, table } from '../text';

interface FakeCloudCommandOptions extends SharedOptions {
  port?: number;
  seed?: number;
  latency?: number;
  boot?: number;
  fault?: ReadFault[];
}

/** `podkeeper fake-cloud`: RunPod's wire on this machine, with a cloud behind it that costs nothing. */
export function fakeCloudCommand(surroundings: CommandSurroundings): Command {
  return command('fake-cloud', "run a pretend cloud on this machine that speaks RunPod's API and costs nothing", {
    json: 'print JSON lines: where it is, and at the end its ledger',
    examples: [
      ['podkeeper fake-cloud', 'prints the variables that lead a worker to it'],
      [
        'podkeeper fake-cloud --boot 20s --fault create:no_capacity',
        'pods take their time; the first create is refused',
      ],
    ],
  })
    .option('--port <port>', 'its port (default: a free one)', parsePortNumber)
    .option('--seed <number>', 'what its ids and latencies come from (default: 1)', parseSeed)
    .option('--latency <duration>', 'how long each call takes (default: no time)', parseTime)
    .option('--boot <duration>', 'how long a pod takes until it runs (default: no time)', parseTime)
    .option(
      '--fault <operation:kind>',
      `what goes wrong, once or as often as it says: ${FAULT_FORM}; repeatable`,
      addFault,
    )
    .action((options: FakeCloudCommandOptions) => fakeCloud(options, surroundings));
}

async function fakeCloud(options: FakeCloudCommandOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  // Before anything is told: whoever reads the lines may stop it at once.
  let release = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    release = onStopSignals(() => resolve());
  });
  try {
    const fake = await start(options);
    try {
      output.entry(fake.environment, () => exportsOf(fake));
      output.say('a pretend cloud runs until Ctrl-C; nothing in it is real, and nothing costs');
      await stopped;
      tellLedger(fake, output);
    } finally {
      await fake.close();
    }
  } finally {
    release();
  }
}

async function start({ port, seed, latency, boot, fault = [] }: FakeCloudCommandOptions): Promise<FakeCloud> {
  const simulator = {
    ...(seed === undefined ? {} : { seed }),
    ...(latency === undefined ? {} : { latencyMs: latency }),
    ...(boot === undefined ? {} : { runningAfterMs: boot }),
    faults: fault.flatMap((each) => ('cloud' in each ? [each.cloud] : [])),
  };
  try {
    const fake = await startFakeCloud({ ...(port === undefined ? {} : { port }), simulator });
    fake.wire.inject(...fault.flatMap((each) => ('wire' in each ? [each.wire] : [])));
    return fake;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    const message = `port ${port ?? ''} is in use: name another by --port, or leave it out`;
    throw new CliFailure('conflict', message, { cause: error });
  }
}

/** To be pasted into a shell, or read by `eval`. */
function exportsOf({ environment }: FakeCloud): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

function tellLedger({ cloud }: FakeCloud, output: Output): void {
  const now = cloud.clock.now();
  const pods = cloud.ledger.entries().map((entry) => ({
    name: entry.name,
    id: entry.podId,
    gpu: entry.gpu,
    hours: billedHours(entry, now),
    usd: cloud.ledger.cost(entry.podId, now),
    ended: entry.endedAt !== null,
  }));
  const usd = cloud.ledger.cost(undefined, now);
  output.entry({ pods, usd }, () =>
    pods.length === 0
      ? ''
      : table([
          ['POD', 'ID', 'GPU', 'HOURS', 'USD', 'ENDED'],
          ...pods.map((pod) => [
            pod.name,
            pod.id,
            pod.gpu ?? '-',
            pod.hours.toFixed(4),
            pod.usd.toFixed(4),
            pod.ended ? 'yes' : 'no',
          ]),
        ]),
  );
  const alive = pods.filter(({ ended }) => !ended).length;
  output.say(`${counted(pods.length, 'pod')}, $${usd.toFixed(4)} that nobody pays; ${alive} not ended`);
}

function billedHours({ bills }: LedgerEntry, now: number): number {
  return bills.reduce((sum, { from, until }) => sum + ((until ?? now) - from), 0) / 3_600_000;
}

function parseSeed(value: string): number {
  return wholeNumber(value, 0, Number.MAX_SAFE_INTEGER, 'a whole number, 0 or more');
}

function parseTime(value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
  return ms;
}

function addFault(value: string, before: ReadFault[] = []): ReadFault[] {
  const fault = readFault(value);
  if (fault === undefined) throw new InvalidArgumentError(`It must be ${FAULT_FORM}.`);
  return [...before, fault];
}
