import { onDevServer } from '../support/e2e';
import type { Deployment } from '../support/e2eDeployment';
import type { Moment } from '../support/e2eProvider';
import { SLEEP } from '../support/e2eSetup';

const live = onDevServer();

/** A worker that takes the create and is frozen in it, and one that does all else, the next create, too. */
async function frozenIn(here: Deployment, moment: Moment) {
  const frozen = await here.startWorker({ lanes: ['spend'], faults: [{ at: moment, do: 'freeze' }] });
  const other = await here.startWorker({ lanes: ['workflows', 'keep'] });
  const pod = await here.spawn(SLEEP);
  await here.journalled(moment === 'beforeSend' ? 'beforeSend' : 'made');
  await here.startWorker({ lanes: ['spend'] });
  return { frozen, other, pod };
}

test(
  'a worker frozen before it sends, and thawed when another has taken over, sends nothing',
  live(async (here) => {
    const { frozen, pod } = await frozenIn(here, 'beforeSend');
    const { pod: held, attempts } = await here.reaches(pod, 'healthy');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['presumed_absent', 'held']);
    frozen.thaw();
    const [failed] = await here.journalled('failed');
    expect(failed).toMatchObject({ pod: attempts[0]?.name, message: expect.stringContaining('not sent') as string });
    expect(here.journal().filter(({ what }) => what === 'sent')).toEqual([
      expect.objectContaining({ pod: attempts[1]?.name }),
    ]);
    expect(here.living()).toEqual([held?.name]);
    const report = await pod.terminate();
    expect(report.attempts.map(({ podId }) => podId)).toEqual([null, held?.id]);
  }),
);

test(
  'a worker frozen right after its request, and thawed when its pod was adopted, does not end the pod',
  live(async (here) => {
    const { frozen, pod } = await frozenIn(here, 'answer');
    const { pod: held, attempts, events } = await here.reaches(pod, 'healthy');
    expect(attempts).toMatchObject([{ outcome: 'held', podId: held?.id }]);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['attempt_unknown', 'pod_adopted']));
    frozen.thaw();
    // It drains only when it has drained its create, and asked whether the claim still lives.
    expect(await frozen.drain()).toBe(0);
    expect(here.journal().filter(({ what }) => what === 'terminate')).toEqual([]);
    expect(here.living()).toEqual([held?.name]);
    expect((await here.claim(pod)).phase).toBe('healthy');
    await pod.terminate();
  }),
);

test(
  'a create that fails and makes its pod late leads to an overlap that is found, reported and ended',
  live(async (here) => {
    await here.startWorker({ faults: [{ at: 'underWay', do: { failAndMakeAfterMs: 3_000 } }] });
    const pod = await here.spawn(SLEEP);
    const { pod: held } = await here.reaches(pod, 'healthy');
    expect(held?.name).toMatch(/-2$/);
    await here.livingAre(2);
    await here.livingAre(1);
    expect(here.living()).toEqual([held?.name]);
    expect(here.sampler.overlaps).toHaveLength(1);
    const claim = await here.claim(pod);
    expect(claim.phase).toBe('healthy');
    expect(claim.events.map(({ type }) => type)).toContain('sibling_found');
    const { attempts } = await pod.terminate();
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['sibling', 'held']);
    expect(attempts.map(({ absentSince }) => absentSince)).not.toContain(null);
  }),
);
