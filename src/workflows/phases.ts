import { log } from '@temporalio/workflow';
import { TRANSITIONS } from '../model';
import type { Phase, Transition } from '../model';
import type { ClaimState } from './claimState';

/**
 * Moves a claim to another phase. Every change goes through here: elsewhere the phase is read-only.
 *
 * A way that isn't in the table is a mistake of ours. It is told, and taken all the same: an error thrown here would fail the workflow's task, again
 * and again, and staying in the old phase would leave a debt that nobody may write off; either keeps a pod from its end over a word. No way may be
 * missing, then, when it gets here: the stage of the workflow's tests and the recorded histories fail on one.
 */
export function moveTo(state: ClaimState, to: Phase): void {
  const from = state.phase;
  // The state of a claim that a newer release has had may be in a phase which is not known here.
  const ways: Readonly<Record<string, readonly Transition[]>> = TRANSITIONS;
  const isKnown = ways[from]?.some((way) => way.to === to) === true;
  const message = `phase ${from} → ${to}`;
  if (isKnown) log.debug(message);
  else log.error(`${message} is not in the table of transitions`);
  const moved: { phase: Phase } = state;
  moved.phase = to;
}
