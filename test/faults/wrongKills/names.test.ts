import { formatPodName } from '../../../src/model';
import type { Provider } from '../../../src/providers/contract';
import { IDENTITY, SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('names that look like ours and are not: none is ever touched, though no workflow answers for any of them', async () => {
  const stage = new SweepStage();
  const ours = await stage.claim('kept');
  const name = { ...IDENTITY, claim: 'render', life: 'bbbbbb', attempt: 1 };
  const own = formatPodName(name);
  const others = [
    formatPodName({ ...name, deployment: 'pro' }),
    formatPodName({ ...name, deployment: 'prod2' }),
    // Looks the same, but the border between deployment and control plane differs.
    formatPodName({ ...name, deployment: 'proda', controlPlane: 'aaaa' }),
    formatPodName({ ...name, controlPlane: 'aaab' }),
    own.toUpperCase(),
    ` ${own}`,
    `${own} `,
    `x${own}`,
    `${own}-`,
    `${own}0000`,
    own.replace(/-1$/, '-0'),
    own.replace(/-1$/, '-01'),
    own.replace(/-1$/, ''),
    own.replace('pk-', 'pk_'),
    own.replace('-render-', '--'),
    own.replace('-render-', `-${'r'.repeat(37)}-`),
    own.replace('-bbbbbb-', '-bbbbb-'),
    'pk',
    'pk-prod',
    'my-training-pod',
    `pk-prodaaaa-render-bbbbbb-1\nextra`,
  ];
  const foreign: string[] = [];
  for (const other of others) foreign.push(await stage.pod(other));
  await stage.sweepFor(3 * HOUR);
  expect(stage.told()).toEqual([]);
  expect(stage.living()).toEqual([ours, ...foreign]);
  expect(stage.results.at(-1)?.survey?.counts).toMatchObject({ alive: 1, other_control_plane: 1, owner_not_found: 0 });
  expect(stage.alarmsRaised()).toEqual(['other_control_plane']);
  // Ours of the same kind does end, so the reaper works.
  const lost = await stage.pod(own);
  await stage.sweepFor(10 * MINUTE);
  expect(stage.told()).toEqual([lost]);
});

describe('pods that somebody renames', () => {
  /** New names of pods, by id. */
  const renamed = new Map<string, string>();
  const renaming = (inner: Provider): Provider => {
    const list: Provider['list'] = async (filter, context) =>
      (await inner.list(filter, context)).map((pod) => ({ ...pod, name: renamed.get(pod.id) ?? pod.name }));
    return Object.create(inner, { list: { value: list } }) as Provider;
  };
  beforeEach(() => renamed.clear());

  test('an orphan that is renamed is somebody’s: it stays, also when that happens between look and end', async () => {
    const stage = new SweepStage({ provider: renaming });
    const [early, late] = [await stage.claim('early'), await stage.claim('late')];
    stage.temporal.close('early');
    stage.temporal.close('late');
    await stage.sweepFor(4 * MINUTE);
    renamed.set(early, 'mine-now');
    stage.beforeReap = () => renamed.set(late, 'mine-too');
    await stage.sweepFor(HOUR);
    expect(stage.told()).toEqual([]);
    expect(stage.living()).toEqual([early, late]);
  });

  test('an orphan that is given another orphan’s name between look and end was not looked at under that: it is skipped', async () => {
    const stage = new SweepStage({ provider: renaming });
    const [orphan, other] = [await stage.claim('cut'), await stage.claim('other')];
    const name = stage.temporal.podName('other');
    stage.temporal.close('cut');
    stage.temporal.close('other');
    stage.beforeReap = () => renamed.set(orphan, name);
    await stage.sweepFor(6 * MINUTE);
    expect(stage.told()).toEqual([other]);
  });

  test('a suspect that is given the name of a living claim’s is not ended for what it was before', async () => {
    const stage = new SweepStage({ provider: renaming });
    const orphan = await stage.claim('cut');
    await stage.claim('kept');
    stage.temporal.close('cut');
    await stage.sweepFor(4 * MINUTE);
    renamed.set(orphan, stage.temporal.podName('kept', 2));
    await stage.sweepFor(HOUR);
    expect(stage.told()).toEqual([]);
  });

  test('somebody’s pod that is given the name of an orphan counts from then on, with the whole grace', async () => {
    const stage = new SweepStage({ provider: renaming });
    const orphan = await stage.claim('cut');
    const somebody = await stage.pod('somebody');
    const name = stage.temporal.podName('cut');
    stage.temporal.close('cut');
    await stage.sweepFor(4 * MINUTE);
    renamed.set(somebody, name);
    await stage.sweepFor(4 * MINUTE);
    expect(stage.told()).toEqual([orphan]);
  });
});
