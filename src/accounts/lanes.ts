/**
 * What an account's calls are for, in the order in which they go first: deletes, since what waits for its end bills; lists by which something is
 * found or proven; lists that many share; creates.
 */
export const LANES = ['end', 'observe', 'list', 'create'] as const;
/** What a call is for; deletes go first. */
export type Lane = (typeof LANES)[number];
/** What lists are for: every lane but that of deletes. */
export type ListLane = Exclude<Lane, 'end'>;
