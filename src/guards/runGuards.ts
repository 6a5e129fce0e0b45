import { formatDuration, messageOf } from '../model';
import { abandonedClaims } from './abandonedClaims';
import { checkAccount } from './accounts';
import type { GuardDependencies, GuardFinding } from './finding';
import { settingsGuard } from './settings';

/** How long the guards may take, ms. A start waits no longer for a provider or a visibility store that is down. */
const GUARDS_LIMIT_MS = 15_000;

/**
 * Checks for causes that would leave pods without an end. Ends nothing, never rejects, and finishes in time: a failed check is a finding
 * too.
 *
 * @param signal stops the checks; ignore the result then
 * @param limitMs default 15 s
 */
export async function runGuards(
  dependencies: GuardDependencies,
  signal?: AbortSignal,
  limitMs = GUARDS_LIMIT_MS,
): Promise<GuardFinding[]> {
  const { client, accounts, settings } = dependencies;
  const over = new AbortController();
  const stop = () => over.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(() => over.abort(new Error(`no answer within ${formatDuration(limitMs)}`)), limitMs);
  const run = (check: () => Promise<GuardFinding[]>, instead: (why: string) => GuardFinding) =>
    orInstead(client.withAbortSignal(over.signal, check), over.signal, instead);
  try {
    const found = await Promise.all([
      run(() => abandonedClaims(dependencies), unlisted),
      ...[...accounts.values()].map((account) =>
        run(
          () => checkAccount(account, dependencies, over.signal),
          (why) => unseen(account.name, why),
        ),
      ),
    ]);
    return [...found.flat(), ...settingsGuard(settings)];
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    // Stops the calls that haven't answered.
    over.abort();
  }
}

async function orInstead(
  running: Promise<GuardFinding[]>,
  signal: AbortSignal,
  instead: (why: string) => GuardFinding,
): Promise<GuardFinding[]> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('it was stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([running, stopped]);
  } catch (error) {
    return [instead(messageOf(error))];
  }
}

function unlisted(why: string): GuardFinding {
  const message = `unknown whether claims are open on accounts that this worker lacks: ${why}. Run podkeeper doctor to check again`;
  return { guard: 'abandoned_claims', account: null, message };
}

function unseen(account: string, why: string): GuardFinding {
  const message = `unknown whether the reaper sees account ${account}: ${why}. Run podkeeper doctor to check again`;
  return { guard: 'blind', account, message };
}
