import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError } from '../../src/model';
import type { ErrorKind, Pod, PodSpec } from '../../src/model';
import type { CallContext, Capability, ListFilter, PodRequest, Provider } from '../../src/providers/contract';

/** Where a call can meet a fault. */
export type Moment =
  /** A claim is being admitted. */
  | 'check'
  /** A create is about to send its request. */
  | 'beforeSend'
  /** The request is sent, the pod not made yet. */
  | 'underWay'
  /** The pod is made, the answer not given yet. */
  | 'answer'
  | 'list'
  | 'terminate';

/** `kill` and `freeze` hit the whole worker process: SIGKILL, SIGSTOP. */
export type Deed =
  | 'kill'
  | 'freeze'
  | { delayMs: number }
  /** Goes on once there is a file. */
  | { waitFor: string }
  | { fail: ErrorKind; refused?: boolean }
  /** At `underWay` only: the answer is an error at once, and the pod is made after all, so much later. */
  | { failAndMakeAfterMs: number };

export interface Fault {
  at: Moment;
  do: Deed;
  /** How many calls pass first. Default 0. */
  after?: number;
  /** How many calls meet it then. Default 1. */
  times?: number;
}

/** A line of the journal that the workers of one test share. */
export interface JournalEntry {
  /** ISO 8601. */
  at: string;
  /** Of the worker. */
  pid: number;
  what: Moment | 'sent' | 'made' | 'failed' | 'ended';
  /** The pod's name, which is its id; empty where there is none. */
  pod: string;
  message: string;
}

/** Local pods behind a cloud that is slow, loses answers, and takes its worker down with it. Writes down what it was asked. */
export class FaultyProvider implements Provider {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly listLagMs: number;
  readonly accountIdentity: Provider['accountIdentity'];
  readonly logs: Provider['logs'];
  private readonly inner: Provider;
  private readonly faults: readonly Fault[];
  private readonly journalPath: string;
  private readonly met = new Map<Fault, number>();

  constructor(inner: Provider, options: { faults: readonly Fault[]; journalPath: string; listLagMs: number }) {
    this.inner = inner;
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.accountIdentity = inner.accountIdentity?.bind(inner);
    this.logs = inner.logs?.bind(inner);
    this.faults = options.faults;
    this.journalPath = options.journalPath;
    this.listLagMs = options.listLagMs;
  }

  check(spec: PodSpec): void {
    this.journal('check', '');
    for (const deed of this.due('check')) strike(deed);
    this.inner.check?.(spec);
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    const { name } = request;
    try {
      this.journal('beforeSend', name);
      for (const deed of this.due('beforeSend')) strike(deed);
      context.beforeSend?.();
      this.journal('sent', name);
      const make = async (signal: AbortSignal): Promise<Pod> => {
        const pod = await this.inner.spawn(request, { signal });
        this.journal('made', name);
        return pod;
      };
      for (const deed of this.due('underWay')) {
        if (typeof deed === 'object' && 'failAndMakeAfterMs' in deed) {
          setTimeout(() => void make(AbortSignal.timeout(10_000)), deed.failAndMakeAfterMs);
          throw new PodkeeperError('provider', 'the cloud answered 500');
        }
        await suffer(deed, context.signal);
      }
      const pod = await make(context.signal);
      for (const deed of this.due('answer')) await suffer(deed, context.signal);
      return pod;
    } catch (error) {
      this.journal('failed', name, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    return await this.inner.get(id, context);
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    this.journal('list', '');
    for (const deed of this.due('list')) await suffer(deed, context.signal);
    return await this.inner.list(filter, context);
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    this.journal('terminate', id);
    for (const deed of this.due('terminate')) await suffer(deed, context.signal);
    await this.inner.terminate(id, context);
    this.journal('ended', id);
  }

  private due(moment: Moment): Deed[] {
    return this.faults
      .filter((fault) => {
        if (fault.at !== moment) return false;
        const calls = this.met.get(fault) ?? 0;
        this.met.set(fault, calls + 1);
        const first = fault.after ?? 0;
        return calls >= first && calls < first + (fault.times ?? 1);
      })
      .map((fault) => fault.do);
  }

  private journal(what: JournalEntry['what'], pod: string, message = ''): void {
    const entry: JournalEntry = { at: new Date().toISOString(), pid: process.pid, what, pod, message };
    // Synchronous and whole: the next line of code may be the process's last.
    appendFileSync(this.journalPath, `${JSON.stringify(entry)}\n`);
  }
}

/** What takes effect before the next line of code. */
function strike(deed: Deed): void {
  if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (deed === 'freeze') process.kill(process.pid, 'SIGSTOP');
  else if ('fail' in deed) throw failure(deed);
  else throw new TypeError(`${JSON.stringify(deed)} takes time, which there is none of here`);
}

async function suffer(deed: Deed, signal: AbortSignal): Promise<void> {
  if (typeof deed === 'object' && 'delayMs' in deed) await pause(deed.delayMs, undefined, { signal });
  else if (typeof deed === 'object' && 'waitFor' in deed) {
    while (!existsSync(deed.waitFor)) await pause(50, undefined, { signal });
  } else strike(deed);
}

function failure({ fail, refused }: Extract<Deed, { fail: ErrorKind }>): PodkeeperError {
  return new PodkeeperError(fail, `the cloud answered: ${fail}`, { refused: refused ?? false });
}
