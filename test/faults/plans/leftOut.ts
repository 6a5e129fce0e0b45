interface LeftOut {
  what: string;
  why: string;
  /** Where it is left out; in both stages, where nothing is said. */
  stage?: 'virtual' | 'wire';
}

/** What random plans leave out, and why no promise covers it. All of it, for both stages. */
export const LEFT_OUT: readonly LeftOut[] = [
  {
    what: 'lists that leave a pod out for longer than the stated lag',
    why: 'the lag is the provider’s word; one that breaks it is believed, and what comes back is the reaper’s to end',
  },
  {
    what: 'lists that are whole for less than 20 s between two omissions',
    why: 'a lag is for how long a pod is left out at a time: a missing pod is looked for every 5 s, and a row of absences survives 15 s without a list',
  },
  {
    what: 'pods that show up after the stated lag when their claim is over',
    why: 'nobody of the claim’s looks any more: the reaper ends them, and tests of its own see to that',
  },
  {
    what: 'accounts that answer fewer than 20 calls a minute',
    why: 'a proof takes lists no more than 15 s apart, and those of a minute with 12 lists: with fewer calls nothing can be proven',
  },
  {
    what: 'the reaper',
    why: 'the time-skipping server has no schedules; here a claim has to keep its word by itself',
  },
  {
    what: 'workers that are lost at other moments than right after a create or a delete was carried out',
    why: 'test/faults/everyAwait kills real workers on each side of every await',
    stage: 'virtual',
  },
  {
    what: 'deeds and losses in the middle of a call',
    why: 'the moments of a wire are real ones, and can’t be hit; in virtual time they are',
    stage: 'wire',
  },
  {
    what: 'calls and answers that take their time',
    why: 'while a call runs, virtual time stands still; on a wire they do',
    stage: 'virtual',
  },
  {
    what: 'quotas of calls a minute, price limits, and the tokens of pods',
    why: 'a life on a wire is shorter than a minute, and its pods are empty; in virtual time they are played',
    stage: 'wire',
  },
  {
    what: 'terminated, reset and deleted workflows',
    why: 'test/faults/operator does that; these worlds are the users’',
  },
];

/** For people, in one line. */
export function whatIsLeftOut(stage: 'virtual' | 'wire'): string {
  return LEFT_OUT.filter((item) => item.stage === undefined || item.stage === stage)
    .map(({ what }) => what)
    .join('; ');
}
