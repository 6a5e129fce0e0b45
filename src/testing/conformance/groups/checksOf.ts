import type { CONFORMANCE_CHECKS } from '../checks';
import type { ConformanceGroup } from '../options';
import type { Trial } from '../trial';

/** Runs one check. Throws if it fails. */
export type RunCheck = (trial: Trial) => Promise<void>;

/** A group's checks by id. */
export type ChecksOf<Group extends ConformanceGroup> = Record<
  Extract<(typeof CONFORMANCE_CHECKS)[number], { group: Group }>['id'],
  RunCheck
>;
