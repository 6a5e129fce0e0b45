/** A safeguard that a patch removes from the source, and the test that must fail then. */
export interface Mutant {
  /** The patch's name in `patches/`, without `.patch`. */
  id: string;
  /** What the patch removes. */
  what: string;
  /** The test file, below `test/`. */
  file: string;
  /** The title of the test that must fail. */
  test: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    id: 'no-look-up',
    what: 'a create does not check whether a pod already has its name',
    file: 'activities/create.test.ts',
    test: 'is adopted; nothing is sent',
  },
  {
    id: 'no-send-fence',
    what: 'a create that was frozen for too long still sends its request',
    file: 'activities/createFence.test.ts',
    test: 'by a list that really took that long sends nothing',
  },
  {
    id: 'no-cancelled-check',
    what: 'a create that was cancelled before its first byte still sends it',
    file: 'activities/createFence.test.ts',
    test: 'right before its first byte sends nothing',
  },
  {
    id: 'create-sent-twice',
    what: 'Temporal tries a create twice',
    file: 'workflows/unknown.test.ts',
    test: 'is never sent again: retryable or not, one try',
  },
  {
    id: 'absent-before-the-lag',
    what: 'a name that isn’t in the list counts as absent before the list lag has passed',
    file: 'activities/locate.test.ts',
    test: 'isn’t reported before a pod that shows up late was found',
  },
  {
    id: 'reset-looks-not',
    what: 'a run made by a reset doesn’t wait for what the run before it may have sent',
    file: 'activities/createAfterReset.test.ts',
    test: 'sends only when a request of the earlier run can no longer show up late',
  },
  {
    id: 'end-by-prefix',
    what: 'the end of one pod ends all pods of its life',
    file: 'activities/endTarget.test.ts',
    test: 'touches no other pod of its life',
  },
  {
    id: 'end-by-id-alone',
    what: 'an end looks at the id and not at the name',
    file: 'activities/endTarget.test.ts',
    test: 'neither touches a pod of the same id that is now called my-notebook, nor takes its own for gone',
  },
  {
    id: 'gone-at-first-absence',
    what: 'one list in which a pod is missing proves that it is gone',
    file: 'activities/endProof.test.ts',
    test: 'proves the end in a row of complete lists one lag long, 5 s apart',
  },
  {
    id: 'no-siblings',
    what: 'a second pod of a claim is not reported',
    file: 'activities/siblings.test.ts',
    test: 'reports living pods of this life that the claim doesn’t hold, each with its price',
  },
  {
    id: 'no-shield',
    what: 'a cancel tears down the workflow’s own end of its pod',
    file: 'workflows/cancel.test.ts',
    test: 'a cancel while the pod is kept: it is ended, and the end outlives the cancel',
  },
  {
    id: 'asked-too-early',
    what: 'a query delivers events to a workflow with the clock of an earlier task',
    file: 'workflows/interceptors.test.ts',
    test: 'events whose task has not begun',
  },
  {
    id: 'no-alarm-timers',
    what: 'an end that is not proven raises no alarm',
    file: 'workflows/debts.test.ts',
    test: 'for 6 hours raises alarms after 5 min, 15 min and 1 h, in the log too, and the claim closes on proof',
  },
  {
    id: 'no-grace',
    what: 'the reaper ends a pod as soon as it looked ownerless twice',
    file: 'model/sweepDecision.test.ts',
    test: 'ends in the first sweep after the grace, and not before',
  },
  {
    id: 'no-second-sighting',
    what: 'the reaper ends a pod by a verdict that it sees for the first time',
    file: 'model/sweepDecision.test.ts',
    test: 'one sighting is none, however long ago it was',
  },
  {
    id: 'no-control-plane-check',
    what: 'the reaper judges pods of a deployment of the same name on another Temporal',
    file: 'model/verdict.test.ts',
    test: 'of our deployment on another control plane',
  },
  {
    id: 'no-overdue',
    what: 'a claim whose workflow is stuck stays alive forever',
    file: 'model/verdict.test.ts',
    test: 'open, its end passed longer ago',
  },
  {
    id: 'no-brake',
    what: 'the reaper ends pods whose owner is not found however many these are',
    file: 'model/sweepDecision.test.ts',
    test: '2 of them with owner not found beside 1 that live: held back true',
  },
  {
    id: 'brake-on-the-closed',
    what: 'the brake also holds for pods whose workflows are closed',
    file: 'model/sweepDecision.test.ts',
    test: 'holds back those with owner not found only',
  },
  {
    id: 'no-last-look',
    what: 'the reaper does not check the owner again before it ends a pod',
    file: 'activities/reap.test.ts',
    test: 'skips a pod whose owner, at the last look, is open again, after a reset',
  },
  {
    id: 'blind-sweep-counts',
    what: 'a sweep that sees none of the pods that living claims hold counts as complete',
    file: 'activities/survey.test.ts',
    test: 'when the list shows none of the pods that living claims hold',
  },
  {
    id: 'namespace-lost-is-not-found',
    what: 'a Temporal that can’t be asked counts as one that knows no such workflow',
    file: 'reaper/owners.test.ts',
    test: 'a namespace that is not there says nothing about the workflow',
  },
  {
    id: 'two-lists-count',
    what: 'two lists in which a pod is missing prove that it is gone, however close they are',
    file: 'model/absence.test.ts',
    test: 'that are empty for 5 s proves nothing with a lag of 60 s',
  },
  {
    id: 'release-of-any-life',
    what: 'a release that is meant for an earlier life ends the one that lives',
    file: 'client/podHandle.test.ts',
    test: 'an end by a handle of an earlier life ends nothing, and answers that life’s report',
  },
  {
    id: 'touch-of-any-life',
    what: 'a touch that is meant for an earlier life renews the lease of the one that lives',
    file: 'client/podHandle.test.ts',
    test: 'a handle of an earlier life refuses calls that need a living claim, with one message',
  },
  {
    id: 'list-for-each-caller',
    what: 'each create, poll and end makes its own list',
    file: 'accounts/account.test.ts',
    test: 'is one for all who ask while another is under way, and never that other',
  },
  {
    id: 'no-cap-on-waits',
    what: 'a Retry-After is followed without a limit',
    file: 'accounts/limiter.test.ts',
    test: 'a quota that comes back in years holds no call for longer than 2 min',
  },
  {
    id: 'no-create-after-waiting',
    what: 'a create that no worker took in time fails its claim',
    file: 'workflows/workers.test.ts',
    test: 'a create that no worker takes is tried under the next number until startupTimeout; the queue is named, nothing was sent',
  },
  {
    id: 'found-and-not-reported',
    what: 'an end deletes pods from a list before the claim has them in its state',
    file: 'activities/endTarget.test.ts',
    test: 'reports the price of each unknown pod, where its provider states one, before any is deleted',
  },
  {
    id: 'list-before-delete',
    what: 'an end lists before it deletes known pods',
    file: 'activities/endProof.test.ts',
    test: 'is deleted although a lagging list hides it',
  },
  {
    id: 'end-cut-off-with-its-starter',
    what: 'an end stops with the work that started it',
    file: 'workflows/siblings.test.ts',
    test: 'whose end is still open when the claim ends is ended all the same, in the same try',
  },
];
