import { setTimeout as delay } from 'node:timers/promises';
import { IS_FULL } from '../faults/size';
import { until } from '../support/until';
import { DemoStage } from './support/demoStage';

const here = new DemoStage();

/** Random times, determined by a seed. */
function* moments(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

const SEED = Number(process.env['PODKEEPER_DEMO_SEED'] ?? 7);
const INTERRUPTS = IS_FULL ? 20 : 3;
/** About the duration of a demo, ms. The times are spread over it. */
const LENGTH_MS = 12_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

test.each([
  ['', []],
  [' on a fake RunPod', ['--fake']],
])(
  `a demo%s interrupted at ${INTERRUPTS} moments of seed ${SEED} leaves no process and no file`,
  async (_where, options) => {
    const random = moments(SEED);
    for (let count = 0; count < INTERRUPTS; count += 1) {
      const moment = Math.round(random.next().value * LENGTH_MS);
      const signal = count % 2 === 0 ? 'SIGINT' : (SIGNALS[count % SIGNALS.length] ?? 'SIGINT');
      const demo = here.start('--json', ...options);
      await Promise.race([delay(moment), demo.ended]);
      demo.kill(signal);
      const { code, signal: endedBy } = await demo.ended;
      const steps = here.stepsOf(demo);
      const isOver = steps.at(-1)?.step === 'done';

      // Before it handles signals, it has started nothing.
      const expected = endedBy === null ? (isOver ? [0, CODES[signal]] : [CODES[signal]]) : [null];
      expect({ moment, signal, code, left: here.leftOf(demo) }).toEqual({
        moment,
        signal,
        code: expected.find((each) => each === code) ?? expected[0],
        left: [],
      });
    }
  },
  INTERRUPTS * 40_000,
);

// Takes the pod's two minutes.
const thorough = IS_FULL ? test : test.skip;
const why = IS_FULL ? '' : ' (skipped: it takes 2 minutes, and runs with the whole part)';

thorough(
  `killed by kill -9, its worker and server end with it, and its pod at its deadline${why}`,
  async () => {
    const demo = here.start('--json');
    await until('the pod is used', () => here.stepsOf(demo).some(({ step }) => step === 'used'), 30_000);
    demo.kill('SIGKILL');
    await demo.ended;

    await until(
      'no worker or server is left',
      () => !here.leftOf(demo).some((left) => typeof left === 'number'),
      30_000,
    );
    expect(here.leftOf(demo).some((left) => typeof left === 'object')).toBe(true);
    await until('the pod has ended', () => !here.leftOf(demo).some((left) => typeof left === 'object'), 150_000);
  },
  200_000,
);
