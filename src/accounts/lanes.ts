/**
 * The priorities of an account's calls, most urgent first: deletes, because the pods cost money until they are gone; lists that look for a
 * pod or prove an absence; lists shared by many; creates.
 */
export const LANES = ['end', 'observe', 'list', 'create'] as const;
/** A call's priority; see {@link LANES}. */
export type Lane = (typeof LANES)[number];
/** A list's priority: every lane but that of deletes. */
export type ListLane = Exclude<Lane, 'end'>;
