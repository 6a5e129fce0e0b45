import { checkFields, checkNumber, checkPattern, checkText, fitsName, listOf, refuse } from './checks';

/**
 * What is to become of pods, in ms from the moment at which each came into being. What isn't said doesn't happen.
 *
 * Of several scripts that match a pod, the one added last holds.
 */
export interface PodScript {
  /** Which pods; all, if left out. Each given field must match. */
  match?: {
    /** The whole name, or a pattern found in it. */
    name?: string | RegExp;
    /** The first is 1; counted are the pods with the name and GPU of this match, from the script's adding on. */
    nth?: number;
    /** As asked for. */
    gpu?: string;
  };
  /** `null`: never. Default: the cloud's `runningAfterMs`. */
  runningAfterMs?: number | null;
  /** Its command exits, if it runs by then. */
  exitsAfterMs?: number;
  /** Default 0. */
  exitCode?: number;
  /** The cloud takes it away. */
  preemptedAfterMs?: number;
  /** The machine breaks down under it. */
  failsAfterMs?: number;
  /** Why it fails. Default `the machine broke down`. */
  failure?: string;
  /** USD per hour, from then on. */
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

/** The scripts of a cloud, and how many pods each has seen. */
export class ScriptBook {
  private readonly scripts: { script: PodScript; seen: number }[] = [];

  /** @throws PodkeeperError `validation`, naming the field */
  add(script: PodScript, path = 'script'): void {
    checkScript(script, path);
    this.scripts.push({ script, seen: 0 });
  }

  /** The script of a pod that comes into being; it counts as seen by all that it fits. */
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
    refuse(`${path}.exitsAfterMs`, `a pod exits only once it runs (runningAfterMs is ${runningAfterMs})`);
  }
}
