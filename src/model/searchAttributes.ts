import type { Phase } from './phases';

/**
 * The search attributes of a claim in Temporal: what its lists can be filtered by and can show as columns. `podkeeper setup` registers them; where
 * they are missing, claims live without them. Temporal stores their values unencrypted, past any payload codec.
 */
export const SEARCH_ATTRIBUTES = {
  /** `pending` until a pod is held, then `booting` (`spawning`, should that pod never run), `healthy`, `ending` and the end phase. */
  phase: { name: 'PodkeeperPhase', type: 'KEYWORD' },
  provider: { name: 'PodkeeperProvider', type: 'KEYWORD' },
  /** As the spec names it. */
  gpu: { name: 'PodkeeperGpu', type: 'KEYWORD' },
  owner: { name: 'PodkeeperOwner', type: 'KEYWORD' },
  /** The name of the pod that is held, or was held last. */
  pod: { name: 'PodkeeperPod', type: 'KEYWORD' },
  /** Of that pod, in USD; 0 before there is one, and where its provider states none. */
  hourlyPrice: { name: 'PodkeeperHourlyPrice', type: 'DOUBLE' },
  /** The newest alarm's kind: an error kind, or {@link NOT_ENDED}. */
  alarm: { name: 'PodkeeperAlarm', type: 'KEYWORD' },
} as const;

/** What stands in an attribute that has no value (yet): one that isn't set can't be searched for. */
export const NO_VALUE = 'none';

/** The alarm of an end that isn't proven in time. */
export const NOT_ENDED = 'not_ended';

/** How often alarms rang, as a Temporal metric with the tags `deployment`, `account` and `kind`. */
export const ALARM_METRIC = 'podkeeper_alarms';

/** The values of {@link SEARCH_ATTRIBUTES}. */
export interface SearchableFacts {
  /** Where the claim is in its life. */
  phase: Phase;
  /** By its name; `null` before it is known. */
  provider: string | null;
  /** As the spec names it; `null` without a GPU. */
  gpu: string | { id: string } | null;
  /** Who answers for it; `null` where the spec doesn't say. */
  owner: string | null;
  /** The name of the pod that is held; `null` without one. */
  pod: string | null;
  /** USD; `null` where none is known. */
  hourlyPrice: number | null;
  /** What rings; `null` while nothing does. */
  alarm: string | null;
}

/** An attribute with its value, in the form that Temporal's SDK takes. */
export type SearchAttributeValue =
  { key: { name: string; type: 'KEYWORD' }; value: string } | { key: { name: string; type: 'DOUBLE' }; value: number };

/** Of a keyword, in characters: Temporal's SQL stores hold 255. */
const LONGEST_KEYWORD = 255;

/** Writes facts as attributes; those that are left out aren't. */
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
 * The attributes of a claim that is just being started: all of them, also those that have no value yet. A start that is accepted proves of each that
 * it is registered, and an upsert of one that isn't would keep the workflow from ever going on.
 */
export function initialSearchAttributes(
  spec: Partial<Pick<SearchableFacts, 'provider' | 'gpu' | 'owner'>>,
): SearchAttributeValue[] {
  const { provider = null, gpu = null, owner = null } = spec;
  return searchAttributesOf({ phase: 'pending', provider, gpu, owner, pod: null, hourlyPrice: null, alarm: null });
}
