import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { searchAttributesOf } from '../model';
import type { ClaimMemo, SearchableFacts } from '../model';

/** Where people who look at Temporal see a claim. */
export interface Display {
  /** Shows text on the claim's own page. Costs no event. */
  show(details: string): void;
  /** Publishes the facts that lists filter by and those that they return. Costs an event where one of them changes. */
  publish(searchable: Partial<SearchableFacts>, listed: Partial<ClaimMemo>): void;
}

/** The display of the running workflow. */
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
  // The memo doesn't keep `null` values.
  const shown: Record<string, unknown> = workflowInfo().memo ?? {};
  const news = Object.entries(listed).filter(([name, value]) => (shown[name] ?? null) !== value);
  if (news.length > 0) upsertMemo(Object.fromEntries(news));
}

/**
 * Only upserts attributes with which the start was accepted. An unregistered one would fail the task again and again, and block the claim.
 */
function upsertFacts(facts: Partial<SearchableFacts>): void {
  const shown = workflowInfo().typedSearchAttributes;
  const news = searchAttributesOf(facts).filter(({ key, value }) => {
    const old = shown.get(key);
    return old !== undefined && old !== value;
  });
  if (news.length > 0) upsertSearchAttributes(news);
}
