import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { searchAttributesOf } from '../model';
import type { ClaimMemo, SearchableFacts } from '../model';

/** Where a claim shows itself to people who look at Temporal. */
export interface Display {
  /** The text on the claim's own page. Costs nothing. */
  show(details: string): void;
  /** The facts that lists are filtered by, and those that they return. Each costs an event where one of them differs from what stands there. */
  publish(searchable: Partial<SearchableFacts>, listed: Partial<ClaimMemo>): void;
}

/** The display of the workflow that runs. */
export function temporalDisplay({ isSearchable }: { isSearchable: boolean }): Display {
  return {
    show: setCurrentDetails,
    publish: (searchable, listed) => {
      if (isSearchable) upsertFacts(searchable);
      remember(listed);
    },
  };
}

function remember(listed: Partial<ClaimMemo>): void {
  // A value that is none isn't kept.
  const shown: Record<string, unknown> = workflowInfo().memo ?? {};
  const news = Object.entries(listed).filter(([name, value]) => (shown[name] ?? null) !== value);
  if (news.length > 0) upsertMemo(Object.fromEntries(news));
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
