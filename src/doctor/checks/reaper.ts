import { REAPER_VERSION } from '../../reaper';
import type { ReaperState } from '../../reaper';
import { broken, holds, unknown } from '../finding';
import type { Check, Verdict } from '../finding';
import { forEachAccount } from './subjects';

/** The schedule of the second line of defence. */
export const reaper: Check = {
  name: 'reaper',
  meaning: "the reaper's schedule is there, not paused, and of this version of Podkeeper",
  wayOut:
    "start a worker of this version that has the account, without reaper: false; unpause the schedule in Temporal's UI; of a newer version, upgrade this command",
  judge: (facts) =>
    forEachAccount(facts, ({ account, reaper: state }) =>
      state.known
        ? [judgeState(account, state.value)]
        : [unknown(account, `its reaper's schedule can't be read: ${state.why}`)],
    ),
};

function judgeState(account: string, state: ReaperState | null): Verdict {
  if (state === null)
    return broken(account, 'it has no reaper: a pod whose workflow is lost bills until somebody notices');
  const { isPaused, note, version } = state;
  if (isPaused) return broken(account, `its reaper is paused${note === null ? '' : ` (${note})`}`);
  if (version < REAPER_VERSION) {
    return broken(account, `its reaper is of an older Podkeeper (version ${version}, here ${REAPER_VERSION})`);
  }
  if (version > REAPER_VERSION) {
    return broken(account, `its reaper is of a newer Podkeeper (version ${version}, here ${REAPER_VERSION})`);
  }
  return holds(account, 'its reaper is there and runs');
}
