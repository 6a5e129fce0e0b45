import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PodHandle, PodInfo } from '../../client';
import { unansweredMessage } from '../../client/absentWorkers';
import { isPodkeeperError } from '../../model';
import type { LogLine, LogOptions, Provider } from '../../providers/contract';
import { CALL_TIMEOUT_MS, lacking, openClaimAccount } from '../providerAccount';
import type { ClaimPlace } from '../providerAccount';
import { openSession } from '../session';
import type { Session } from '../session';
import { CliFailure, Interrupted } from '../failure';
import { command, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { orAborted, untilStopSignal } from '../signals';

interface LogsOptions extends SharedOptions {
  follow?: boolean;
  tail: number;
  timestamps?: boolean;
}

const DEFAULT_TAIL = 100;
const MAX_LINES = 1_000_000;
/** Poll interval for a claim's next pod, ms. */
const POD_POLL_MS = 1_000;

/** `podkeeper logs`: the output of a claim's pod, read from its provider. */
export function logsCommand(surroundings: CommandSurroundings): Command {
  return command('logs', "show the output of a claim's pod, read from its provider", {
    json: 'print JSON lines',
    examples: [['podkeeper logs render-42 --tail 1000 --timestamps', 'more lines, with their times']],
  })
    .argument('<id>', "the claim's id")
    .option('-f, --follow', 'wait for a pod and for new lines, until the pod has ended')
    .option(
      '--tail <count>',
      'how many past lines to show first',
      (text) => wholeNumber(text, 0, MAX_LINES, `0 to ${MAX_LINES}`),
      DEFAULT_TAIL,
    )
    .option('--timestamps', 'show times, if the provider has them')
    .action((id: string, options: LogsOptions) => logs(id, options, surroundings));
}

async function logs(id: string, options: LogsOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const reader = new LogReader(session.podkeeper.get(id), { session, output, options, surroundings });
  const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped reading; the pod keeps running');
  const read = async (signal: AbortSignal) => {
    await (options.follow === true ? reader.follow(signal) : reader.readOnce(signal));
  };
  await untilStopSignal(stopped, read, output.readerGone);
}

interface Reading {
  session: Session;
  output: Output;
  options: LogsOptions;
  surroundings: CommandSurroundings;
}

/** A claim's pod, and its account. */
interface PlacedPod extends ClaimPlace {
  podId: string;
}

/** Reads the output of a claim's pods. */
class LogReader {
  private readonly claim: PodHandle;
  private readonly reading: Reading;
  private hasTime = false;
  private lines = 0;

  constructor(claim: PodHandle, reading: Reading) {
    this.claim = claim;
    this.reading = reading;
  }

  /** Prints the output so far. */
  async readOnce(signal: AbortSignal): Promise<void> {
    const info = await this.claim.info();
    const pod = await this.podOf(info);
    if (pod === null) throw noPod(info);
    await this.read(pod, false, AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]));
    if (this.lines === 0) this.reading.output.say(`pod ${pod.podId} has no output yet`);
    if (this.lines > 0 && !this.hasTime && this.reading.options.timestamps === true) {
      this.reading.output.say(`the provider ${pod.provider} has no times for its log lines`);
    }
  }

  /** Follows the output until the claim's last pod has ended. A pod that doesn't become healthy may be followed by another. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let last: PlacedPod | undefined; ;) {
      const pod = await this.nextPod(last, signal);
      if (pod === null) return;
      if (last !== undefined) this.reading.output.say(`pod ${last.podId} has ended; the next is ${pod.podId}`);
      await this.read(pod, true, signal);
      last = pod;
    }
  }

  /** Waits for the next pod. Returns `null` if there won't be one. */
  private async nextPod(last: PlacedPod | undefined, signal: AbortSignal): Promise<PlacedPod | null> {
    for (;;) {
      const info = await orAborted(this.claim.info(), signal);
      const pod = await this.podOf(info);
      if (pod !== null && pod.podId !== last?.podId) return pod;
      const isStarting = info.isOpen && info.claim?.end === null && info.claim.phase !== 'healthy';
      if (!isStarting) {
        if (last === undefined) throw noPod(info);
        return null;
      }
      this.reading.output.status(`claim ${info.id} has no ${last === undefined ? '' : 'other '}pod yet …`);
      await orAborted(delay(POD_POLL_MS), signal);
    }
  }

  /** The claim's newest pod; `null` if there is none yet. @throws CliFailure `unreachable` if no worker answers. */
  private async podOf(info: PodInfo): Promise<PlacedPod | null> {
    if (info.isOpen && info.claim === null) {
      const { client, podkeeper } = this.reading.session;
      const why = await unansweredMessage(client, podkeeper);
      throw new CliFailure('unreachable', `the claim's pod is unknown: ${why}`);
    }
    const known = info.claim ?? info.report;
    const held = info.claim?.pod?.id;
    const made = known?.attempts.findLast(({ podId }) => (held === undefined ? podId !== null : podId === held));
    if (made === undefined || made.podId === null) return null;
    // Of the create that made the pod: the latest one may have been sent elsewhere.
    return { id: info.id, provider: made.provider, account: made.account, podId: made.podId };
  }

  private async read(pod: PlacedPod, follow: boolean, signal: AbortSignal): Promise<void> {
    const { session, surroundings, options } = this.reading;
    const account = openClaimAccount(pod, session.target, surroundings);
    try {
      if (!account.provider.capabilities.has('logs')) throw lacking(account, 'logs', null);
      await this.print(account.provider, pod.podId, { tail: options.tail, follow }, signal);
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'not_found') throw notKept(pod, error);
      throw error;
    } finally {
      await account.provider.close?.();
    }
  }

  private async print(provider: Provider, podId: string, options: LogOptions, signal: AbortSignal): Promise<void> {
    const { output } = this.reading;
    const withTime = this.reading.options.timestamps === true;
    let continuesLine = false;
    for await (const line of provider.logs?.(podId, options, { signal }) ?? []) {
      this.lines += 1;
      this.hasTime ||= line.at !== null;
      output.part({ pod: podId, ...line }, lineText(line, withTime && !continuesLine), line.isPartial !== true);
      continuesLine = line.isPartial === true;
    }
    output.endLine();
  }
}

function lineText({ at, source, text }: LogLine, withTime: boolean): string {
  const body = source === 'system' && !text.startsWith('podkeeper: ') ? `[system] ${text}` : text;
  return `${withTime && at !== null ? `${at} ` : ''}${body}`;
}

function noPod({ id, isOpen, claim, report }: PodInfo): CliFailure {
  if (!isOpen && report === null) {
    return new CliFailure(
      'notFound',
      `the workflow of claim ${id} was stopped from outside, so its pod is unknown: look for it with 'podkeeper reap --dry-run'`,
    );
  }
  if (!isOpen || claim?.end != null) return new CliFailure('notFound', `claim ${id} never had a pod`);
  return new CliFailure(
    'conflict',
    `claim ${id} has no pod yet (${claim?.phase ?? 'pending'}): add --follow to wait for one`,
  );
}

function notKept({ podId, provider, account }: PlacedPod, cause: unknown): CliFailure {
  const why =
    provider === 'local'
      ? `it isn't on this machine (${hostname()}). Local output is kept for 7 days after the pod's end, on the machine whose worker created the pod. Check whether account ${account} is another machine`
      : `${provider} no longer has the pod`;
  return new CliFailure('notFound', `the output of pod ${podId} is not available: ${why}`, {
    kind: 'not_found',
    cause,
  });
}
