import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PodHandle, PodInfo } from '../../client';
import { unansweredMessage } from '../../client/absentWorkers';
import { isPodkeeperError } from '../../model';
import type { LogLine, LogOptions, Provider } from '../../providers/contract';
import { openClaimAccount } from '../claimAccount';
import type { ClaimPlace } from '../claimAccount';
import { openSession } from '../connection';
import type { Session } from '../connection';
import { CliFailure, Interrupted } from '../failure';
import { command, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { CALL_TIMEOUT_MS, lacking } from '../providerAccount';
import { orAborted, untilStopSignal } from '../signals';

interface LogsOptions extends SharedOptions {
  follow?: boolean;
  tail: number;
  timestamps?: boolean;
}

const DEFAULT_TAIL = 100;
const MOST_LINES = 1_000_000;
/** Between two looks for a claim's next pod, ms. */
const POD_POLL_MS = 1_000;

/** `podkeeper logs`: what a claim's pod writes, read from its provider. */
export function logsCommand(surroundings: CommandSurroundings): Command {
  return command('logs', "show what a claim's pod has written, from the account that it lives in", {
    json: 'print JSON lines',
    examples: [
      ['podkeeper logs render-42', 'its last 100 lines'],
      ['podkeeper logs render-42 --follow', 'and what it writes from now on, until it has ended'],
      ['podkeeper logs render-42 --tail 1000 --timestamps', 'more of it, with the times where the provider tells them'],
    ],
  })
    .argument('<id>', "the claim's id")
    .option('-f, --follow', 'wait for a pod and for more lines, until it has ended')
    .option(
      '--tail <count>',
      'how many lines of the past to begin with',
      (text) => wholeNumber(text, 0, MOST_LINES, `0 to ${MOST_LINES}`),
      DEFAULT_TAIL,
    )
    .option('--timestamps', 'begin each line with its time, where the provider tells it')
    .action((id: string, options: LogsOptions) => logs(id, options, surroundings));
}

async function logs(id: string, options: LogsOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const reader = new LogReader(session.podkeeper.get(id), { session, output, options, surroundings });
  const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped reading; the pod goes on');
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

/** A pod of a claim, and where it is. */
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

  /** What the pod has written so far. */
  async readOnce(signal: AbortSignal): Promise<void> {
    const info = await this.claim.info();
    const pod = await this.podOf(info);
    if (pod === null) throw noPod(info);
    await this.read(pod, false, AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]));
    if (this.lines === 0) this.reading.output.say(`pod ${pod.podId} has written nothing so far`);
    if (this.lines > 0 && !this.hasTime && this.reading.options.timestamps === true) {
      this.reading.output.say(`the provider ${pod.provider} tells no times`);
    }
  }

  /** From pod to pod, should the first ones not become healthy, until the last has ended. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let last: PlacedPod | undefined; ;) {
      const pod = await this.nextPod(last, signal);
      if (pod === null) return;
      if (last !== undefined) this.reading.output.say(`pod ${last.podId} has ended; the next is ${pod.podId}`);
      await this.read(pod, true, signal);
      last = pod;
    }
  }

  /** Waits for a pod; `null` when there won't be another. */
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

  /** The newest pod of a claim; `null` before there is one. @throws CliFailure `unreachable` when no worker answers. */
  private async podOf(info: PodInfo): Promise<PlacedPod | null> {
    if (info.isOpen && info.claim === null) {
      const { client, podkeeper } = this.reading.session;
      const why = await unansweredMessage(client, podkeeper);
      throw new CliFailure('unreachable', `which pod the claim holds isn't known: ${why}`);
    }
    const told = info.claim ?? info.report;
    if (told === null || told.provider === null || told.account === null) return null;
    const podId = info.claim?.pod?.id ?? told.attempts.findLast((attempt) => attempt.podId !== null)?.podId ?? null;
    return podId === null ? null : { id: info.id, provider: told.provider, account: told.account, podId };
  }

  private async read(pod: PlacedPod, follow: boolean, signal: AbortSignal): Promise<void> {
    const { session, surroundings, options } = this.reading;
    const account = openClaimAccount(pod, session.target, surroundings);
    try {
      if (!account.provider.capabilities.has('logs')) throw lacking(account, 'logs');
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
    let goesOn = false;
    for await (const line of provider.logs?.(podId, options, { signal }) ?? []) {
      this.lines += 1;
      this.hasTime ||= line.at !== null;
      output.part({ pod: podId, ...line }, lineText(line, withTime && !goesOn), line.isPartial !== true);
      goesOn = line.isPartial === true;
    }
    output.endLine();
  }
}

function lineText({ at, source, text }: LogLine, withTime: boolean): string {
  const said = source === 'system' && !text.startsWith('podkeeper: ') ? `[system] ${text}` : text;
  return `${withTime && at !== null ? `${at} ` : ''}${said}`;
}

function noPod({ id, isOpen, claim, report }: PodInfo): CliFailure {
  if (!isOpen && report === null) {
    return new CliFailure(
      'notFound',
      `the workflow of claim ${id} was cut off from outside: which pod it held is lost`,
    );
  }
  if (!isOpen || claim?.end != null) return new CliFailure('notFound', `claim ${id} never had a pod`);
  return new CliFailure('conflict', `claim ${id} has no pod yet (${claim?.phase ?? 'pending'}): --follow waits for it`);
}

function notKept({ podId, provider, account }: PlacedPod, cause: unknown): CliFailure {
  const why =
    provider === 'local'
      ? `this machine (${hostname()}) has none: it is kept for 7 days after the pod's end, on the machine whose worker made the pod. Is account ${account} another machine?`
      : `${provider} doesn't know the pod any more`;
  return new CliFailure('notFound', `the output of pod ${podId} is not kept: ${why}`, { kind: 'not_found', cause });
}
