import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { DURATION_FORM, parseDuration } from '../../model';
import { codeOf } from '../../model/systemError';
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

/** `podkeeper fake-cloud`: serves RunPod's API on this machine, from a simulated cloud. */
export function fakeCloudCommand(surroundings: CommandSurroundings): Command {
  return command(
    'fake-cloud',
    "run a fake cloud with RunPod's API on this machine, and print the variables that lead a worker to it",
    {
      json: 'print JSON lines: the address first, the ledger at the end',
      examples: [['podkeeper fake-cloud --boot 20s --fault create:no_capacity', 'the first create is refused']],
    },
  )
    .option('--port <port>', 'port to listen on (default: a free one)', parsePortNumber)
    .option('--seed <number>', 'seed for ids and latencies (default: 1)', parseSeed)
    .option('--latency <duration>', 'time of each call (default: 0)', parseTime)
    .option('--boot <duration>', 'time until a pod runs (default: 0)', parseTime)
    .option('--fault <operation:kind>', `inject a fault: ${FAULT_FORM}; repeatable`, addFault)
    .action((options: FakeCloudCommandOptions) => fakeCloud(options, surroundings));
}

async function fakeCloud(options: FakeCloudCommandOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  // Before the first line is printed: its reader may send the signal at once.
  let release = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    release = onStopSignals(() => resolve());
  });
  try {
    const fake = await start(options);
    try {
      output.entry(fake.environment, () => exportsOf(fake));
      output.say('the fake cloud runs until Ctrl-C; its pods are simulated and cost nothing');
      await stopped;
      printLedger(fake, output);
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
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    const message = `port ${port ?? ''} is in use: pass another --port, or leave it out to take a free one`;
    throw new CliFailure('conflict', message, { cause: error });
  }
}

/** For pasting into a shell, or for `eval`. */
function exportsOf({ environment }: FakeCloud): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

function printLedger({ cloud }: FakeCloud, output: Output): void {
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
  output.say(`${counted(pods.length, 'pod')}, $${usd.toFixed(4)} on the simulated ledger; ${alive} not ended`);
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
