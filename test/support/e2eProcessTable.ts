import { parsePodName } from '../../src/model';
import type { ClaimEvent } from '../../src/model';
import { killProcess, processFile, processIds } from './processes';
import { until } from './until';

/** A living process that belongs to a pod. */
export interface PodProcess {
  pid: number;
  pod: string;
  isLauncher: boolean;
}

/** The processes of a deployment's pods. */
export function podProcesses(deployment: string): PodProcess[] {
  return podProcessesOfAll().filter(({ pod }) => isOf(pod, deployment));
}

/** Kills all processes of a deployment's pods, and waits until there are none. */
export async function killPods(deployment: string): Promise<void> {
  await until(`no pod of ${deployment} is left`, () => {
    const left = podProcesses(deployment);
    for (const { pid } of left) killProcess(pid);
    return left.length === 0;
  });
}

function isOf(pod: string, deployment: string): boolean {
  return pod.startsWith(`pk-${deployment}`);
}

function podProcessesOfAll(): PodProcess[] {
  const marker = 'PODKEEPER_POD=pk-';
  const found = processIds().flatMap((pid) => {
    const variables = processFile(pid, 'environ').split('\0');
    const pod = variables.find((variable) => variable.startsWith(marker))?.slice('PODKEEPER_POD='.length);
    if (pod === undefined) return [];
    return [{ pid, pod, isLauncher: variables.includes('PODKEEPER_LOCAL_LAUNCHER=1') }];
  });
  // A launcher that is just starting its command is there twice: a fork shows its parent's environment until its exec.
  const launchers = new Set(found.filter(({ isLauncher }) => isLauncher).map(({ pid }) => pid));
  return found.map((info) => ({ ...info, isLauncher: info.isLauncher && !launchers.has(parentOf(info.pid)) }));
}

/** Two pods of one claim that lived at the same moment. */
export interface Overlap {
  claim: string;
  /** Two names. */
  pods: [string, string];
  /** ms since 1970. */
  firstSeen: number;
  lastSeen: number;
}

/** What was seen of a pod. */
export interface SeenPod {
  /** ms since 1970. */
  firstSeen: number;
  lastSeen: number;
  /** Of these, those of its command; `null` when only launchers were ever seen. */
  commandLastSeen: number | null;
  /** Process ids. */
  launchers: Set<number>;
}

const SAMPLE_MS = 100;

/** The table as it was at a moment, ms since 1970. */
let latest: { at: number; processes: PodProcess[] } = { at: 0, processes: [] };

/** Many deployments are looked at at once: for half an interval, all are shown the same table. */
function recentTable(): typeof latest {
  const now = Date.now();
  if (Math.abs(now - latest.at) > SAMPLE_MS / 2) latest = { at: now, processes: podProcessesOfAll() };
  return latest;
}

/** Looks at the process table again and again and remembers which pods lived together. */
export class Sampler {
  readonly overlaps: Overlap[] = [];
  /** Each pod that was ever seen, by its name. */
  readonly pods = new Map<string, SeenPod>();
  private readonly deployment: string;
  private readonly timer: NodeJS.Timeout;

  /** @param everyMs default 100 */
  constructor(deployment: string, everyMs = SAMPLE_MS) {
    this.deployment = deployment;
    this.timer = setInterval(() => this.sample(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.sample();
  }

  /** The overlaps of a claim that none of its events tells of. */
  unreported(claim: string, events: readonly ClaimEvent[]): Overlap[] {
    const told = events.filter(({ type }) => type === 'sibling_found').map(({ message }) => message);
    return this.overlaps
      .filter((overlap) => overlap.claim === claim)
      .filter(({ pods }) => !told.some((message) => pods.some((pod) => message.includes(pod))));
  }

  private sample(): void {
    const { at: now, processes } = recentTable();
    for (const { pid, pod, isLauncher } of processes.filter(({ pod }) => isOf(pod, this.deployment))) {
      const unseen = { firstSeen: now, lastSeen: now, commandLastSeen: null, launchers: new Set<number>() };
      const seen: SeenPod = this.pods.get(pod) ?? unseen;
      this.pods.set(pod, seen);
      seen.lastSeen = now;
      if (isLauncher) seen.launchers.add(pid);
      else seen.commandLastSeen = now;
    }
    const living = [...this.pods].filter(([, { lastSeen }]) => lastSeen === now).map(([name]) => name);
    for (const [index, one] of living.entries()) {
      for (const other of living.slice(index + 1)) this.compare(one, other, now);
    }
  }

  private compare(one: string, other: string, now: number): void {
    const claim = parsePodName(one)?.claim;
    if (claim === undefined || parsePodName(other)?.claim !== claim) return;
    const known = this.overlaps.find(({ pods }) => pods[0] === one && pods[1] === other);
    if (known === undefined) this.overlaps.push({ claim, pods: [one, other], firstSeen: now, lastSeen: now });
    else known.lastSeen = now;
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(processFile(pid, 'status'))?.[1]);
}
