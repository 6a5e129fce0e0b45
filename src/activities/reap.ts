import { Context } from '@temporalio/activity';
import { isReapable, isLiving } from '../model';
import type { ReapInput, ReapOutcome, SurveyRow } from '../model';
import type { Account } from '../accounts';
import { kindOf, providerCall, textOf } from './providerCall';
import { judgeAll } from './survey';
import type { SweepDependencies } from './survey';

/**
 * Deletes pods without a claim: by exact id *and* name in a new list, and only if a last look at their owners gives the same verdict. Later
 * sweeps retry what was not deleted, and prove that the pods are gone.
 */
export async function reapPods(
  account: Account,
  input: ReapInput,
  dependencies: SweepDependencies,
): Promise<ReapOutcome> {
  return await providerCall(input.settings, account.clock, async (call) => {
    const { pods } = await account.listBegunAfterNow(call.cancellation, 'observe');
    const outcome: ReapOutcome = { accepted: [], skipped: [], missing: [], failed: [] };
    const found = input.pods.flatMap(({ id, name }) => {
      const pod = pods.find((each) => each.id === id);
      if (pod === undefined || !isLiving(pod)) outcome.missing.push(id);
      else if (pod.name === name) return pod;
      else outcome.skipped.push({ id, why: `it is called ${pod.name} now` });
      return [];
    });
    const rows = await judgeAll(found, input, dependencies);
    const reapable = rows.filter((row) => isStillReapable(row, input, outcome));
    await Promise.all(
      reapable.map(async ({ id, name, verdict, evidence }) => {
        Context.current().log.warn('the reaper ends a pod', { pod: id, name, verdict, evidence });
        try {
          await account.terminate(id, call.signal());
          outcome.accepted.push(id);
        } catch (error) {
          outcome.failed.push({ id, kind: kindOf(error), message: textOf(error) });
        }
      }),
    );
    account.invalidate();
    return outcome;
  });
}

function isStillReapable({ id, verdict, evidence }: SurveyRow, { pods }: ReapInput, { skipped }: ReapOutcome): boolean {
  const before = pods.find((pod) => pod.id === id)?.verdict;
  if (isReapable(verdict) && verdict === before) return true;
  skipped.push({ id, why: `at the last look it is ${verdict}: ${evidence}` });
  return false;
}
