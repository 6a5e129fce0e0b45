import { log } from '@temporalio/workflow';
import { TRANSITIONS } from '../model';
import type { Phase, Transition } from '../model';
import type { ClaimState } from './claimState';

/**
 * Changes a claim's phase. Nothing else changes it: elsewhere the phase is read-only.
 *
 * A transition that isn't in the table is a bug. It is logged, and made all the same: an error would fail the workflow task again and
 * again, and staying in the old phase would leave a debt that nobody may write off. Either would keep a pod from its end. The workflow's
 * tests and the recorded histories fail on such a transition.
 */
export function moveTo(state: ClaimState, to: Phase): void {
  const from = state.phase;
  // The state may come from a newer release, with a phase that isn't known here.
  const ways: Readonly<Record<string, readonly Transition[]>> = TRANSITIONS;
  const isKnown = ways[from]?.some((way) => way.to === to) === true;
  const message = `phase ${from} → ${to}`;
  if (isKnown) log.debug(message);
  else log.error(`${message} is not in the table of transitions`);
  const moved: { phase: Phase } = state;
  moved.phase = to;
}
