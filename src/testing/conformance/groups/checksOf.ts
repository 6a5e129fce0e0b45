import type { CONFORMANCE_CHECKS } from '../checks';
import type { ConformanceGroup } from '../options';
import type { Trial } from '../trial';

/** Carries out one check; fails by throwing. */
export type RunCheck = (trial: Trial) => Promise<void>;

/** All checks of a group, by their ids. */
export type ChecksOf<Group extends ConformanceGroup> = Record<
  Extract<(typeof CONFORMANCE_CHECKS)[number], { group: Group }>['id'],
  RunCheck
>;
