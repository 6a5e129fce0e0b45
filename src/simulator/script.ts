import { checkFields, checkNumber, checkPattern, checkText, fitsName, listOf, refuse } from './checks';

/**
 * What happens to pods. Times are in ms from each pod's creation. Events that aren't given don't happen.
 *
 * If several scripts match a pod, the one added last applies.
 */
export interface PodScript {
  /** Selects pods. All given fields must match. Default: all pods. */
  match?: {
    /** The name, or a RegExp for it. */
    name?: string | RegExp;
    /** Only the nth pod, from 1. Counts pods with the name and GPU of this match, since the script was added. */
    nth?: number;
    /** The requested GPU. */
    gpu?: string;
  };
  /** When the pod is running, ms; `null`: never. Default: the cloud's `runningAfterMs`. */
  runningAfterMs?: number | null;
  /** When its command exits, ms, if the pod is running then. */
  exitsAfterMs?: number;
  /** The exit code. Default: 0. */
  exitCode?: number;
  /** When the cloud preempts it, ms. */
  preemptedAfterMs?: number;
  /** When its machine fails, ms. */
  failsAfterMs?: number;
  /** Why it fails. Default: `the machine broke down`. */
  failure?: string;
  /** Price changes: `afterMs` in ms, `hourlyPrice` in USD per hour. */
  priceJumps?: readonly { afterMs: number; hourlyPrice: number }[];
}

const FIELDS: { [Field in keyof Required<PodScript>]: true } = {
  match: true,
  runningAfterMs: true,
  exitsAfterMs: true,
  exitCode: true,
  preemptedAfterMs: true,
  failsAfterMs: true,
  failure: true,
  priceJumps: true,
};

/** The scripts of a cloud, and how many pods each has matched. */
export class ScriptBook {
  private readonly scripts: { script: PodScript; seen: number }[] = [];

  /** @throws PodkeeperError `validation`, naming the field */
  add(script: PodScript, path = 'script'): void {
    checkScript(script, path);
    this.scripts.push({ script, seen: 0 });
  }

  /** The script for a new pod. Every matching script counts it. */
  next(pod: { name: string; gpu: string | null }): PodScript {
    let chosen: PodScript = {};
    for (const entry of this.scripts) {
      const { name, gpu, nth } = entry.script.match ?? {};
      if (!fitsName(name, pod.name) || (gpu !== undefined && gpu !== pod.gpu)) continue;
      entry.seen += 1;
      if (nth === undefined || nth === entry.seen) chosen = entry.script;
    }
    return chosen;
  }
}

/** @throws PodkeeperError `validation`, naming the field */
export function checkScript(script: PodScript, path: string): void {
  checkFields(path, script, Object.keys(FIELDS));
  const { match, runningAfterMs, exitsAfterMs, priceJumps } = script;
  if (match !== undefined) {
    checkFields(`${path}.match`, match, ['name', 'nth', 'gpu']);
    checkPattern(`${path}.match.name`, match.name);
    checkNumber(`${path}.match.nth`, match.nth, { least: 1, whole: true });
    checkText(`${path}.match.gpu`, match.gpu);
  }
  if (runningAfterMs !== null) checkNumber(`${path}.runningAfterMs`, runningAfterMs);
  for (const field of ['exitsAfterMs', 'preemptedAfterMs', 'failsAfterMs'] as const) {
    checkNumber(`${path}.${field}`, script[field]);
  }
  checkNumber(`${path}.exitCode`, script.exitCode, { most: 255, whole: true });
  checkText(`${path}.failure`, script.failure);
  for (const [index, jump] of listOf(`${path}.priceJumps`, priceJumps).entries()) {
    const at = `${path}.priceJumps[${index}]`;
    checkFields(at, jump, ['afterMs', 'hourlyPrice']);
    const { afterMs, hourlyPrice } = jump as { afterMs?: unknown; hourlyPrice?: unknown };
    checkNumber(`${at}.afterMs`, afterMs ?? null);
    checkNumber(`${at}.hourlyPrice`, hourlyPrice ?? null);
  }
  if (exitsAfterMs === undefined || runningAfterMs === undefined) return;
  if (runningAfterMs === null || exitsAfterMs < runningAfterMs) {
    refuse(
      `${path}.exitsAfterMs`,
      `must be after runningAfterMs (${runningAfterMs}), since only a running pod can exit`,
    );
  }
}
