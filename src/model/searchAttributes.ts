import type { Phase } from './phases';

/**
 * The search attributes of a claim: what Temporal's lists can filter by and show as columns. `podkeeper setup` registers them; claims work
 * without them. Temporal stores their values unencrypted, outside of any payload codec.
 */
export const SEARCH_ATTRIBUTES = {
  /** `pending` until a pod is held, then `booting`, `healthy`, `ending` and the final phase; `spawning` again when a held pod never ran. */
  phase: { name: 'PodkeeperPhase', type: 'KEYWORD' },
  provider: { name: 'PodkeeperProvider', type: 'KEYWORD' },
  /** As in the spec. */
  gpu: { name: 'PodkeeperGpu', type: 'KEYWORD' },
  owner: { name: 'PodkeeperOwner', type: 'KEYWORD' },
  /** The name of the pod that is held, or was held last. */
  pod: { name: 'PodkeeperPod', type: 'KEYWORD' },
  /** USD per hour of that pod; 0 before there is one, and where its provider states none. */
  hourlyPrice: { name: 'PodkeeperHourlyPrice', type: 'DOUBLE' },
  /** The newest alarm's kind: an error kind, or {@link NOT_ENDED}. */
  alarm: { name: 'PodkeeperAlarm', type: 'KEYWORD' },
} as const;

/** The value of an attribute that has none (yet): Temporal can't search for attributes that aren't set. */
export const NO_VALUE = 'none';

/** The kind of the alarm for an end that isn't proven in time. */
export const NOT_ENDED = 'not_ended';

/** The counter of raised alarms, a Temporal metric with the tags `deployment`, `account` and `kind`. */
export const ALARM_METRIC = 'podkeeper_alarms';

/** The values of {@link SEARCH_ATTRIBUTES}. */
export interface SearchableFacts {
  /** The phase of its life. */
  phase: Phase;
  /** The provider's name; `null` before it is known. */
  provider: string | null;
  /** As in the spec; `null` without a GPU. */
  gpu: string | { id: string } | null;
  /** The person or team responsible for it; `null` where the spec names none. */
  owner: string | null;
  /** The name of the pod that is held; `null` without one. */
  pod: string | null;
  /** USD per hour; `null` where it is unknown. */
  hourlyPrice: number | null;
  /** The kind of the alarm that is raised; `null` for none. */
  alarm: string | null;
}

/** An attribute with its value, in the form of Temporal's SDK. */
export type SearchAttributeValue =
  { key: { name: string; type: 'KEYWORD' }; value: string } | { key: { name: string; type: 'DOUBLE' }; value: number };

/** The longest value of a keyword, in characters: Temporal's SQL stores hold 255. */
const LONGEST_KEYWORD = 255;

/** Turns facts into attributes. Facts that are left out get none. */
export function searchAttributesOf(facts: Partial<SearchableFacts>): SearchAttributeValue[] {
  const { hourlyPrice, gpu, ...words } = facts;
  const keywords = {
    ...words,
    ...(gpu === undefined ? {} : { gpu: gpu === null || typeof gpu === 'string' ? gpu : gpu.id }),
  };
  const values: SearchAttributeValue[] = [];
  for (const [fact, value] of Object.entries(keywords) as [keyof typeof keywords, string | null | undefined][]) {
    if (value === undefined) continue;
    values.push({ key: SEARCH_ATTRIBUTES[fact], value: (value ?? NO_VALUE).slice(0, LONGEST_KEYWORD) });
  }
  if (hourlyPrice !== undefined) values.push({ key: SEARCH_ATTRIBUTES.hourlyPrice, value: hourlyPrice ?? 0 });
  return values;
}

/**
 * All attributes of a claim that is being started, also those without a value yet. A start that Temporal accepts proves that all of them
 * are registered; upserting an unregistered one would block the workflow for good.
 */
export function initialSearchAttributes(
  spec: Partial<Pick<SearchableFacts, 'provider' | 'gpu' | 'owner'>>,
): SearchAttributeValue[] {
  const { provider = null, gpu = null, owner = null } = spec;
  return searchAttributesOf({ phase: 'pending', provider, gpu, owner, pod: null, hourlyPrice: null, alarm: null });
}
