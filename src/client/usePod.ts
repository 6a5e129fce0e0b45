import type { HealthyPod } from '../model';
import type { KeepAlive, KeepAliveOptions } from './keepAlive';

/** What a function that uses a pod gets. */
export interface PodUse {
  /**
   * Aborts when the claim ends while the function runs: the pod is gone, a deadline has passed, or somebody ended it. The next touch
   * notices: within a third of `idleTimeout`, at most 1 min. Its reason is the `PodkeeperError`.
   */
  signal: AbortSignal;
}

/** The parts of a handle that {@link useAndEnd} uses. */
export interface UsablePod {
  healthy: (options: { signal?: AbortSignal }) => Promise<HealthyPod>;
  keepAlive: (options: KeepAliveOptions) => Pick<KeepAlive, 'stop'>;
  terminate: () => Promise<unknown>;
}

/**
 * Waits for a pod, uses it while its lease is renewed, and ends it in any case.
 *
 * @param signal ends the wait for the pod
 * @param warn called with the failure of an end after a thrown value that can't carry it as a cause
 * @returns what `use` returned, after the pod is proven gone
 * @throws the first failure; where the end failed as well, with that failure as its innermost `cause`
 */
export async function useAndEnd<P extends UsablePod, T>(
  pod: P,
  use: (pod: P, context: PodUse) => Promise<T>,
  { signal, warn }: { signal?: AbortSignal; warn: (error: unknown) => void },
): Promise<T> {
  let outcome: { value: T } | { thrown: unknown };
  try {
    await pod.healthy({ signal });
    outcome = { value: await useWhileLeased(pod, use) };
  } catch (thrown) {
    outcome = { thrown };
  }
  try {
    await pod.terminate();
  } catch (error) {
    if ('value' in outcome) throw error;
    if (!addCause(outcome.thrown, error)) warn(error);
  }
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.value;
}

async function useWhileLeased<P extends UsablePod, T>(
  pod: P,
  use: (pod: P, context: PodUse) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const lease = pod.keepAlive({ onLost: (error) => lost.abort(error) });
  try {
    return await use(pod, { signal: lost.signal });
  } finally {
    lease.stop();
  }
}

/** Adds an error as the innermost cause of a thrown value. Returns `false` when that can't have one. */
function addCause(thrown: unknown, cause: unknown): boolean {
  const seen = new Set<unknown>();
  let innermost = thrown;
  while (isError(innermost) && innermost.cause !== undefined && !seen.has(innermost)) {
    seen.add(innermost);
    innermost = innermost.cause;
  }
  if (!isError(innermost) || seen.has(innermost) || innermost === cause) return false;
  return Reflect.set(innermost, 'cause', cause);
}

/** Not by `instanceof`: an error of another realm, as under jest, counts as well. */
function isError(value: unknown): value is { cause?: unknown } {
  return Object.prototype.toString.call(value) === '[object Error]';
}
