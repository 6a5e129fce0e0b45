import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { searchAttributesOf } from '../model';
import type { SearchableFacts } from '../model';

/** Where a claim shows itself to people who look at Temporal. */
export interface Display {
  /** The text on the claim's own page. Costs nothing. */
  show(details: string): void;
  /** The facts that lists are filtered by. Costs an event where one of them differs from what stands there. */
  publish(facts: Partial<SearchableFacts>): void;
}

/** The display of the workflow that runs. */
export function temporalDisplay({ isSearchable }: { isSearchable: boolean }): Display {
  return { show: setCurrentDetails, publish: isSearchable ? upsertFacts : () => undefined };
}

/**
 * Only attributes that the start was accepted with: with one that isn't registered, the task would fail again and again, and the claim never get any
 * further.
 */
function upsertFacts(facts: Partial<SearchableFacts>): void {
  const shown = workflowInfo().typedSearchAttributes;
  const news = searchAttributesOf(facts).filter(({ key, value }) => {
    const old = shown.get(key);
    return old !== undefined && old !== value;
  });
  if (news.length > 0) upsertSearchAttributes(news);
}
