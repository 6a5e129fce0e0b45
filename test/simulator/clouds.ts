import { ManualClock, SimulatedCloud } from '../../src/simulator';
import type { SimulatedCloudOptions, SimulatedPod } from '../../src/simulator';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** The start of a manual clock, ms since 1970. */
export const T0 = 1_767_225_600_000;

/** A market with one GPU that costs 3 USD an hour, and 1 as spot. */
export const MARKET: SimulatedCloudOptions = {
  market: [
    {
      id: 'h100',
      memoryGiB: 80,
      offers: [
        { region: 'eu', hourlyPrice: 3, stock: 4 },
        { region: 'us', hourlyPrice: 4, stock: 4 },
        { region: 'eu', spot: true, hourlyPrice: 1 },
      ],
    },
  ],
  cpuMarket: [{ region: 'eu', hourlyPrice: 0.1 }],
};

/** A cloud with a manual clock. */
export function cloudOf(options: SimulatedCloudOptions = {}): { cloud: SimulatedCloud; clock: ManualClock } {
  const clock = new ManualClock();
  return { cloud: new SimulatedCloud({ clock, ...MARKET, ...options }), clock };
}

export async function rent(cloud: SimulatedCloud, name = 'pk-a', gpu: string | null = 'h100'): Promise<SimulatedPod> {
  return await cloud.create({ name, gpu });
}

/** A call's failure. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => {
      throw new Error('the call was to fail');
    },
    (error: unknown) => error,
  );
}
