import { parsePodName, reaperBound } from '../../../src/model';
import { SeededRandom } from '../../../src/simulator';
import type { Fault, OpenBill } from '../../../src/simulator';
import { IDENTITY, SweepStage } from '../../support/sweepStage';
import { IS_FULL } from '../size';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALL_SEEDS = 300;
const SEEDS = IS_FULL ? ALL_SEEDS : 8;
const SWEEPS = 90;
const MAX_CLAIMS = 25;

/** Simulates hours of an account: claims begin and end, operators stop them, and others have pods in it. */
class Hours {
  readonly stage: SweepStage;
  readonly wrong: string[] = [];
  private readonly random: SeededRandom;
  /** The deadlines of claims, ms since 1970. */
  private readonly notAfter = new Map<string, number>();
  private readonly podsOf = new Map<string, string>();
  /** Since when a pod has had no owner, ms since 1970. */
  private readonly ownerlessSince = new Map<string, number>();
  private readonly isFaulty: boolean;
  private claims = 0;
  private judged = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed, 'hours');
    this.isFaulty = seed % 2 === 0;
    this.stage = new SweepStage({
      cloud: { seed, listLagMs: MINUTE, creatingMs: 10_000, runningAfterMs: 90_000, terminatingMs: 5_000 },
    });
  }

  async pass(): Promise<void> {
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      for (let deeds = this.random.between(0, 3); deeds > 0; deeds -= 1) await this.act();
      if (this.isFaulty && this.random.chance(0.3)) this.break();
      await this.stage.clock.advance(this.stage.settings.sweepIntervalMs + this.random.between(0, 5_000));
      await this.stage.sweep();
      this.judge();
    }
    this.stage.temporal.mood = 'well';
    this.stage.cloud.clearFaults();
    const left = this.ownerless();
    await this.stage.sweepFor(reaperBound(this.stage.settings));
    this.judge();
    const living = this.stage.living();
    this.wrong.push(
      ...left.filter(({ podId }) => living.includes(podId)).map(({ name }) => `${name} still bills in the end`),
    );
  }

  private async act(): Promise<void> {
    const open = [...this.podsOf.keys()].filter((claim) => this.stage.temporal.isOpen(claim));
    const closed = [...this.podsOf.keys()].filter((claim) => !open.includes(claim));
    const deeds: Record<string, () => Promise<void> | void> = {
      spawn: async () => {
        if (open.length < MAX_CLAIMS) await this.spawn(`claim-${(this.claims += 1)}`);
      },
      'spawn again': async () => {
        if (closed.length > 0 && open.length < MAX_CLAIMS) await this.spawn(this.random.pick(closed));
      },
      finish: () => this.with(open, (claim) => this.finish(claim)),
      terminate: () => this.with(open, (claim) => this.stage.temporal.close(claim)),
      // Fewer than the living claims, so that the brake stays off.
      delete: () => {
        if (this.ownerless().length * 2 + 2 < open.length)
          this.with(open, (claim) => this.stage.temporal.delete(claim));
      },
      reset: () => this.with(closed, (claim) => this.resetIfKept(claim)),
      foreign: async () => void (await this.stage.pod(`somebody-${this.random.text(6)}`)),
      'other control plane': async () =>
        void (await this.stage.pod(`pk-${IDENTITY.deployment}aaab-render-${this.random.text(6)}-1`)),
    };
    await deeds[this.random.pick(['spawn', 'spawn', 'spawn', ...Object.keys(deeds)])]?.();
  }

  private with(claims: string[], deed: (claim: string) => void): void {
    if (claims.length > 0) deed(this.random.pick(claims));
  }

  private async spawn(claim: string): Promise<void> {
    const notAfter = this.stage.clock.now() + this.random.between(20 * MINUTE, 6 * HOUR);
    this.notAfter.set(claim, notAfter);
    this.podsOf.set(claim, await this.stage.claim(claim, notAfter));
  }

  private finish(claim: string): void {
    const pod = this.podsOf.get(claim) ?? '';
    if (this.stage.entry(pod).endedAt === null) this.stage.cloud.end(pod);
    this.stage.temporal.close(claim, 'COMPLETED');
  }

  private resetIfKept(claim: string): void {
    if (this.stage.temporal.knows(claim)) this.stage.temporal.reset(claim);
  }

  private break(): void {
    this.stage.temporal.mood = this.random.chance(0.2) ? 'down' : 'well';
    this.stage.cloud.clearFaults();
    const count = this.random.between(1, 6);
    const faults: Fault[] = [
      { kind: 'error', on: 'list', count },
      { kind: 'list_omits', share: 0.4, count },
      { kind: 'list_empty', count },
      { kind: 'list_lag', lagMs: 10 * MINUTE, count },
      { kind: 'error', on: 'terminate', count },
      { kind: 'executed_then_error', on: 'terminate', count },
      { kind: 'terminate_ignored', count },
      { kind: 'gone_but_alive', forMs: 5 * MINUTE, count },
      { kind: 'busy_until', forMs: 5 * MINUTE },
    ];
    this.stage.cloud.inject(this.random.pick(faults));
  }

  /** Judges the last sweep. Nothing has changed since. */
  private judge(): void {
    const ends = this.stage.terminates();
    for (const { subject } of ends.slice(this.judged)) {
      const { name } = this.stage.entry(subject ?? '');
      if (!this.isOwnerless(name)) this.wrong.push(`${name} was ended, but its claim is alive or it is not ours`);
    }
    this.judged = ends.length;
    const now = this.stage.clock.now();
    const ownerless = this.ownerless();
    for (const id of this.ownerlessSince.keys())
      if (!ownerless.some(({ podId }) => podId === id)) this.ownerlessSince.delete(id);
    for (const { podId, name } of ownerless) {
      const since = this.ownerlessSince.get(podId) ?? now;
      this.ownerlessSince.set(podId, since);
      if (!this.isFaulty && now - since > reaperBound(this.stage.settings) - this.stage.settings.overdueSlackMs)
        this.wrong.push(`${name} is billed, but has had no owner since ${new Date(since).toISOString()}`);
    }
  }

  private ownerless(): OpenBill[] {
    return this.stage.cloud.ledger.billing().filter(({ name }) => this.isOwnerless(name));
  }

  /** Whether a pod is ours and has no living claim, by this test's own records. */
  private isOwnerless(podName: string): boolean {
    const name = parsePodName(podName);
    if (name === undefined || name.deployment !== IDENTITY.deployment || name.controlPlane !== IDENTITY.controlPlane)
      return false;
    if (!this.stage.temporal.isOpen(name.claim) || this.stage.temporal.podName(name.claim) !== podName) return true;
    return (this.notAfter.get(name.claim) ?? 0) + this.stage.settings.overdueSlackMs < this.stage.clock.now();
  }
}

test(`${SEEDS} seeds, each ${SWEEPS} sweeps under random hands: no living and no foreign pod ends, and what is nobody's does`, async () => {
  const totals = { told: 0, pods: 0, sweeps: 0, void: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const hours = new Hours(seed);
    await hours.pass();
    expect({ seed, wrong: hours.wrong }).toEqual({ seed, wrong: [] });
    totals.told += new Set(hours.stage.told()).size;
    totals.pods += hours.stage.cloud.ledger.entries().length;
    totals.sweeps += hours.stage.results.length;
    totals.void += hours.stage.results.filter(({ complete }) => !complete).length;
  }
  console.log(
    `wrong kills by the hour: ${SEEDS} seeds, ${totals.sweeps} sweeps (${totals.void} void), ${totals.pods} pods, ${totals.told} ended, none wrongly` +
      (IS_FULL ? '' : `; left out: seeds ${SEEDS + 1} to ${ALL_SEEDS} (npm run test:long -- wrongKills)`),
  );
}, 600_000);
