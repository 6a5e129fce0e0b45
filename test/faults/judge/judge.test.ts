import { DEFAULT_SETTINGS, endBound, proofBound } from '../../../src/model';
import type { AttemptRecord, ClaimEvent, ClaimReport, ClaimResult, ErrorKind, Settings } from '../../../src/model';
import { ManualClock, SimulatedCloud } from '../../../src/simulator';
import { judge } from '.';
import type { Evidence, ObservedLife, Stretch } from '.';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PREFIX = 'pk-testaaaa-a-bbbbbb-';
const SETTINGS: Settings = { ...DEFAULT_SETTINGS };
const BOUND = endBound(SETTINGS);

/** A cloud whose clock a test moves, and one claim on it. All moments are ms from the begin. */
class Scene {
  readonly clock = new ManualClock();
  readonly begin = this.clock.now();
  readonly cloud = new SimulatedCloud({ clock: this.clock });
  readonly troubles: Stretch[] = [];

  async at(ms: number): Promise<void> {
    await this.clock.advance(this.begin + ms - this.clock.now());
  }

  async create(name: string): Promise<string> {
    return (await this.cloud.create({ name })).id;
  }

  attempt(number: number, podId: string | null, changes: Partial<AttemptRecord> = {}): AttemptRecord {
    const price = podId === null ? null : (this.cloud.pod(podId)?.hourlyPrice ?? null);
    return {
      number,
      name: `${PREFIX}${number}`,
      provider: 'mock',
      account: 'main',
      outcome: 'held',
      podId,
      hourlyPrice: price,
      startedAt: this.iso(0),
      sentBefore: this.iso(0),
      absentSince: this.iso(62 * SECOND),
      kind: null,
      message: null,
      ...changes,
    };
  }

  /** Of a claim that was released after a minute, and ended two seconds later. */
  result(attempts: AttemptRecord[], changes: Partial<ClaimReport> = {}, events: ClaimEvent[] = []): ClaimResult {
    const cost = attempts.reduce((sum, { podId }) => sum + (podId === null ? 0 : this.cloud.ledger.cost(podId)), 0);
    const report: ClaimReport = {
      id: 'a',
      deployment: 'test',
      phase: 'terminated',
      end: { reason: 'released', message: 'released', at: this.iso(60 * SECOND) },
      evidence: 'the provider says terminated',
      provider: 'mock',
      account: 'mock',
      owner: null,
      claimedAt: this.iso(0),
      healthyAt: this.iso(5 * SECOND),
      endedAt: this.iso(62 * SECOND),
      durationMs: 62 * SECOND,
      cost: { total: cost + 1, hourlyPrice: null, complete: true },
      attempts,
      writeOff: null,
      ...changes,
    };
    return { report, events };
  }

  evidence(result: ClaimResult | null, changes: Partial<ObservedLife> = {}): Evidence {
    const life: ObservedLife = {
      claim: 'a',
      prefix: PREFIX,
      claimedAt: this.begin,
      maxLifetimeMs: 60 * MINUTE,
      startupTimeoutMs: 15 * MINUTE,
      idleTimeoutMs: null,
      maxHourlyPrice: null,
      asked: [{ at: this.begin + 60 * SECOND, how: 'released' }],
      touchedAt: [],
      strays: [],
      shown: [],
      closedAt: result === null ? null : Date.parse(result.report.endedAt),
      result,
      ...changes,
    };
    return {
      settings: SETTINGS,
      boundMs: BOUND,
      proofMs: proofBound(SETTINGS),
      ledger: this.cloud.ledger,
      calls: this.cloud.calls(),
      podAt: (podId, at) => this.cloud.pod(podId, at),
      troubles: this.troubles,
      omissions: [],
      heldBackMs: 0,
      refusals: [],
      now: this.clock.now(),
      latencyMs: 1_000,
      lives: [life],
    };
  }

  iso(ms: number): string {
    return new Date(this.begin + ms).toISOString();
  }
}

/** One pod, ended by us at a moment. */
async function onePod(endedAfterMs: number | null): Promise<{ scene: Scene; id: string }> {
  const scene = new Scene();
  const id = await scene.create(`${PREFIX}1`);
  if (endedAfterMs !== null) {
    await scene.at(endedAfterMs);
    await scene.cloud.terminate(id);
  }
  await scene.at(60 * MINUTE);
  return { scene, id };
}

function said(evidence: Evidence): string[] {
  return judge(evidence).map(({ rule, message }) => `${rule}: ${message}`);
}

test('a claim that did all it promised is found in order', async () => {
  const { scene, id } = await onePod(61 * SECOND);
  const shown = [{ at: scene.begin + 50 * SECOND, phase: 'healthy' as const, podId: id }];
  expect(said(scene.evidence(scene.result([scene.attempt(1, id)]), { shown }))).toEqual([]);
});

describe('I1, no leak', () => {
  test('a pod that still bills at the end', async () => {
    const { scene, id } = await onePod(null);
    const result = scene.result([scene.attempt(1, id, { absentSince: null })]);
    expect(said(scene.evidence(result))).toContain(`I1: pod ${id} (${PREFIX}1) still bills at the end`);
  });

  test('a pod that billed for longer than the bound after its claim; trouble stretches it', async () => {
    const lateMs = 60 * SECOND + BOUND + 2 * SECOND;
    const { scene, id } = await onePod(lateMs);
    const end = { endedAt: scene.iso(lateMs) };
    const result = scene.result([scene.attempt(1, id, { absentSince: scene.iso(lateMs) })], end);
    const leaked = `I1: pod ${id} (${PREFIX}1) billed until ${lateMs / SECOND}.000 s; its claim's end was at 60.000 s, all worked since long`;
    expect(said(scene.evidence(result))).toContain(leaked);
    scene.troubles.push({ from: scene.begin + 63 * SECOND, until: scene.begin + 63 * SECOND });
    expect(said(scene.evidence(result))).toEqual([]);
  });

  test('what its user asked for and its lifetime are its end, whatever the claim says', async () => {
    const { scene, id } = await onePod(50 * MINUTE);
    const late = { reason: 'lifetime', message: '', at: scene.iso(50 * MINUTE) } as const;
    const report = { end: late, endedAt: scene.iso(50 * MINUTE) };
    const result = scene.result([scene.attempt(1, id, { absentSince: scene.iso(50 * MINUTE) })], report);
    expect(said(scene.evidence(result, { asked: [], maxLifetimeMs: 10 * MINUTE }))).toEqual([
      expect.stringMatching(/^I1: .* its claim's end was at 600\.000 s/),
      'I6: claim a ended at 3000.000 s, and had to at 600.000 s',
    ]);
  });
});

describe('I2, no wrong kill', () => {
  test('a pod that is told to end while its claim holds it', async () => {
    const { scene, id } = await onePod(30 * SECOND);
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)])))).toEqual([
      `I2: pod ${id} (${PREFIX}1) was told to end at 30.000 s, while claim a held it; that lived until 60.000 s`,
    ]);
  });

  test('also when only its user knows that it was held, and the claim tells of nothing', async () => {
    const { scene, id } = await onePod(30 * SECOND);
    const shown = [{ at: scene.begin + 10 * SECOND, phase: 'healthy' as const, podId: id }];
    const evidence = scene.evidence(null, { shown, closedAt: scene.begin + 62 * SECOND });
    expect(said(evidence)).toEqual([expect.stringContaining(`I2: pod ${id}`)]);
  });

  test('a pod of somebody else', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const foreign = await scene.create('pk-testaaaa-other-bbbbbb-1');
    await scene.cloud.terminate(foreign);
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)])))).toEqual([
      expect.stringMatching(`^I2: pod ${foreign} .* is not ours$`),
    ]);
  });

  test.each([
    ['released', {}, 'and nobody had asked for it'],
    ['cancelled', {}, 'and nobody had asked for it'],
    ['lifetime', {}, 'before its lifetime was over'],
    ['idle', { idleTimeoutMs: 10 * MINUTE }, 'before it had been idle for so long'],
    ['lost', {}, 'lived'],
    ['exited', {}, 'lived'],
    ['failed', {}, 'though it was healthy'],
  ] as const)('a claim that ends as %s for no reason', async (reason, changes, why) => {
    const { scene, id } = await onePod(61 * SECOND);
    const end = { reason, message: '', at: scene.iso(60 * SECOND) };
    const evidence = scene.evidence(scene.result([scene.attempt(1, id)], { end }), { asked: [], ...changes });
    expect(said(evidence)).toEqual([expect.stringMatching(`^I2: claim a ended as ${reason} .*${why}$`)]);
  });

  test('a touch that was answered puts the idle end off', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const end = { reason: 'idle', message: '', at: scene.iso(60 * SECOND) } as const;
    const result = scene.result([scene.attempt(1, id)], { end });
    const idle = { asked: [], idleTimeoutMs: 40 * SECOND };
    expect(said(scene.evidence(result, { ...idle, touchedAt: [scene.begin + 20 * SECOND] }))).toEqual([]);
    expect(said(scene.evidence(result, { ...idle, touchedAt: [scene.begin + 30 * SECOND] }))).toEqual([
      expect.stringContaining('before it had been idle'),
    ]);
  });
});

describe('I2, a handle belongs to one life', () => {
  test('one of an ended life that was answered', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const strays = [{ at: scene.begin + 70 * SECOND, deed: 'touch' }];
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)]), { strays }))).toEqual([
      'I2: touch of claim a at 70.000 s was answered; it belongs to the life that began at 0.000 s, and to no other',
    ]);
  });
});

describe('I2, a claim fails for a reason', () => {
  /** A claim that failed before it was healthy, at so many seconds, its pod ended a second later. */
  async function failedAt(seconds: number, kind: ErrorKind): Promise<Evidence> {
    const { scene, id } = await onePod((seconds + 1) * SECOND);
    const absentSince = scene.iso((seconds + 2) * SECOND);
    const end = { reason: 'failed', kind, message: 'because', at: scene.iso(seconds * SECOND) } as const;
    const report = { end, healthyAt: null, phase: 'failed', endedAt: absentSince } as const;
    return scene.evidence(scene.result([scene.attempt(1, id, { absentSince })], report), {
      asked: [],
      startupTimeoutMs: 50 * SECOND,
    });
  }

  test('when its time is over', async () => {
    expect(said(await failedAt(50, 'timeout'))).toEqual([]);
  });

  test('not before, unless its provider said so or its pod was over', async () => {
    const evidence = await failedAt(40, 'quota');
    const invented = 'I2: claim a ended as failed at 40.000 s (because), and nothing of the kind had happened';
    expect(said(evidence)).toEqual([invented]);
    expect(said({ ...evidence, refusals: [{ at: evidence.lives[0]?.claimedAt ?? 0, kind: 'quota' }] })).toEqual([]);
    expect(said(await failedAt(40, 'provider'))).toEqual([invented]);
  });
});

describe('I3, one at a time', () => {
  /** Two pods, the second asked for and both ended after so long; the claim was released after ten minutes. */
  async function twoPods(secondAfterMs: number, firstEndedAfterMs: number, told: boolean): Promise<Evidence> {
    const scene = new Scene();
    const first = await scene.create(`${PREFIX}1`);
    await scene.at(secondAfterMs);
    const second = await scene.create(`${PREFIX}2`);
    await scene.at(firstEndedAfterMs);
    await scene.cloud.terminate(first);
    await scene.at(10 * MINUTE + SECOND);
    await scene.cloud.terminate(second);
    await scene.at(60 * MINUTE);
    const absentSince = scene.iso(10 * MINUTE + 2 * SECOND);
    const attempts = [
      scene.attempt(1, first, { outcome: told ? 'sibling' : 'presumed_absent', absentSince }),
      scene.attempt(2, second, { absentSince }),
    ];
    const result = scene.result(attempts, {
      healthyAt: scene.iso(secondAfterMs),
      end: { reason: 'released', message: '', at: scene.iso(10 * MINUTE) },
      endedAt: absentSince,
    });
    return scene.evidence(result, { asked: [{ at: scene.begin + 10 * MINUTE, how: 'released' }] });
  }

  test('an overlap that could not be avoided, is told of and soon over', async () => {
    expect(said(await twoPods(2 * MINUTE, 4 * MINUTE, true))).toEqual([]);
  });

  test('an overlap that no event tells of', async () => {
    expect(said(await twoPods(2 * MINUTE, 5 * MINUTE, false))).toEqual([
      expect.stringMatching(/^I3: .* both billed from 120\.000 s to 300\.000 s, and no event tells of it$/),
    ]);
  });

  test('an overlap that lasts', async () => {
    expect(said(await twoPods(2 * MINUTE, 9 * MINUTE, true))).toEqual([
      expect.stringMatching(/^I3: .* longer than it takes to see and end one$/),
    ]);
  });

  test('a second create before the first was looked for past the lag', async () => {
    expect(said(await twoPods(30 * SECOND, MINUTE, true))).toEqual([
      expect.stringMatching(/^I3: claim a asked for pk-testaaaa-a-bbbbbb-2 at 30\.000 s, when .* billed already/),
    ]);
  });

  test('one name in two creates', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const copy = await scene.create(`${PREFIX}1`);
    scene.cloud.end(copy);
    const evidence = scene.evidence(scene.result([scene.attempt(1, id)]));
    expect(said(evidence)).toContain(`name: more than one create was sent as ${PREFIX}1`);
  });
});

describe('I4, money', () => {
  test('a pod that was metered for less than it cost, by time or by price', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    for (const changes of [{ absentSince: scene.iso(60 * SECOND) }, { hourlyPrice: 0.01 }]) {
      expect(said(scene.evidence(scene.result([scene.attempt(1, id, changes)])))).toEqual([
        expect.stringMatching(`^I4: claim a metered .* for pod ${id}`),
      ]);
    }
  });

  test('a sum that is less than its parts cost, or is called complete without a price', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const cost = { total: 0, hourlyPrice: null, complete: true };
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)], { cost })))).toEqual([
      expect.stringMatching(/^I4: claim a metered 0 USD in all/),
    ]);
    expect(said(scene.evidence(scene.result([scene.attempt(1, id, { hourlyPrice: null })])))).toEqual([
      'I4: claim a calls its cost complete, and lacks a price',
    ]);
  });
});

describe('I4, every pod and every price', () => {
  test('a pod that the provider billed and a complete report lacks', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const lacking = scene.result([scene.attempt(1, null, { outcome: 'unknown' })], { healthyAt: null });
    const forgotten = new RegExp(`^I4: claim a calls its cost complete, and pod ${id} .* is not in its report$`);
    expect(said(scene.evidence(lacking))).toEqual([expect.stringMatching(forgotten)]);
    lacking.report.cost.complete = false;
    expect(said(scene.evidence(lacking))).toEqual([]);
  });

  test('a pod that costs more than its claim may, for longer than it takes to see that', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const end = { reason: 'released', message: '', at: scene.iso(60 * SECOND) } as const;
    const dear = (endedMs: number) =>
      scene.evidence(scene.result([scene.attempt(1, id)], { end: { ...end, at: scene.iso(endedMs) } }), {
        maxHourlyPrice: 0.01,
        asked: [{ at: scene.begin + endedMs, how: 'released' }],
      });
    expect(said(dear(60 * SECOND))).toEqual([]);
    expect(said(dear(10 * MINUTE))).toContain(
      'I4: claim a ended at 600.000 s; its pod had been above maxHourlyPrice since 0.000 s',
    );
  });
});

describe('I5, truth', () => {
  test('a report before the end', async () => {
    const { scene, id } = await onePod(65 * SECOND);
    const attempt = scene.attempt(1, id, { absentSince: scene.iso(65 * SECOND) });
    expect(said(scene.evidence(scene.result([attempt])))).toEqual([
      `I5: claim a was terminated at 62.000 s, and its pod ${id} (${PREFIX}1) ended at 65.000 s`,
    ]);
  });

  test('healthy without a pod that runs', async () => {
    const scene = new Scene();
    scene.cloud.script({ runningAfterMs: 5 * MINUTE });
    const id = await scene.create(`${PREFIX}1`);
    await scene.at(61 * SECOND);
    await scene.cloud.terminate(id);
    await scene.at(60 * MINUTE);
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)])))).toEqual([
      `I5: claim a was healthy at 5.000 s, and its pod ${id} was not running`,
    ]);
  });

  test('healthy by a look at a pod that ran for half a second', async () => {
    const scene = new Scene();
    scene.cloud.script({ runningAfterMs: 4_200 });
    const id = await scene.create(`${PREFIX}1`);
    await scene.at(4_700);
    await scene.cloud.terminate(id);
    await scene.at(60 * MINUTE);
    const [entry] = scene.cloud.ledger.entries();
    expect(entry?.endedAt).toBe(scene.begin + 4_700);
    expect(
      said(scene.evidence(scene.result([scene.attempt(1, id)]))).filter((line) =>
        line.startsWith('I5: claim a was healthy'),
      ),
    ).toEqual([]);
  });

  test('still healthy long after its pod exited', async () => {
    const scene = new Scene();
    const id = await scene.create(`${PREFIX}1`);
    scene.cloud.exit(id);
    await scene.at(10 * MINUTE);
    await scene.cloud.terminate(id);
    await scene.at(60 * MINUTE);
    const absentSince = scene.iso(10 * MINUTE + SECOND);
    const end = { reason: 'released', message: '', at: scene.iso(10 * MINUTE) } as const;
    const result = scene.result([scene.attempt(1, id, { absentSince })], { end, endedAt: absentSince });
    const life = {
      asked: [{ at: scene.begin + 10 * MINUTE, how: 'released' as const }],
      shown: [{ at: scene.begin + 9 * MINUTE, phase: 'healthy' as const, podId: id }],
    };
    expect(said(scene.evidence(result, life))).toContain(
      `I5: claim a was healthy at 540.000 s, and its pod ${id} was not running`,
    );
  });
});

describe('I6, liveness', () => {
  test('a claim that is open when all is over', async () => {
    const { scene } = await onePod(61 * SECOND);
    expect(said(scene.evidence(null))).toEqual(['I6: claim a is still open']);
  });

  test('a claim that was neither healthy nor ending in time', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const evidence = scene.evidence(scene.result([scene.attempt(1, id)], { healthyAt: scene.iso(50 * SECOND) }));
    const [life] = evidence.lives;
    if (life === undefined) throw new Error('one life');
    expect(said({ ...evidence, lives: [{ ...life, startupTimeoutMs: 40 * SECOND }] })).toEqual([
      'I6: claim a was neither healthy nor ending within its startupTimeout, but at 50.000 s',
    ]);
  });

  test('a claim that doesn’t see what shows, unless lists left it out', async () => {
    const { scene, id } = await onePod(10 * MINUTE + SECOND);
    const absentSince = scene.iso(10 * MINUTE + 2 * SECOND);
    const end = { reason: 'failed', kind: 'timeout', message: '', at: scene.iso(10 * MINUTE) } as const;
    const report = { end, phase: 'failed', healthyAt: null, endedAt: absentSince } as const;
    const evidence = scene.evidence(scene.result([scene.attempt(1, id, { absentSince })], report), {
      asked: [],
      startupTimeoutMs: 10 * MINUTE,
    });
    const { begin } = scene;
    expect(said(evidence)).toEqual([
      `I6: claim a ended at 600.000 s, never healthy; its pod ${id} was running since 0.000 s`,
    ]);
    expect(said({ ...evidence, omissions: [{ from: begin, until: begin + 9 * MINUTE }] })).toEqual([]);
  });

  test('a trouble lasts to its end, and no longer than until what is judged', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const endedAt = scene.iso(30 * MINUTE);
    const evidence = scene.evidence(scene.result([scene.attempt(1, id)], { endedAt }));
    const from = scene.begin + 2 * MINUTE;
    expect(said({ ...evidence, troubles: [{ from, until: from + 60 * MINUTE }] })).toEqual([]);
    expect(said({ ...evidence, troubles: [{ from, until: from + 2 * MINUTE }] })).toHaveLength(1);
  });

  test('a claim that closes long after its end', async () => {
    const { scene, id } = await onePod(61 * SECOND);
    const endedAt = scene.iso(30 * MINUTE);
    expect(said(scene.evidence(scene.result([scene.attempt(1, id)], { endedAt })))).toEqual([
      'I6: claim a closed at 1800.000 s; it decided its end at 60.000 s',
    ]);
  });
});
