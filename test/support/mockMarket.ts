import type { Offer, PodActivities } from '../../src/model';
import { admissionOf } from './mockCloud';
import type { AdmissionChanges, CallLog, MockCloud } from './mockCloud';

/** An offer of a {@link mockMarket}: its account, and in which fields its pods differ. */
export interface MockOffer {
  account: string;
  changes?: Offer['changes'];
}

/** Several accounts behind one set of mock activities. Each has a cloud of its own. */
export function mockMarket(
  clouds: Readonly<Record<string, MockCloud>>,
  offers: readonly MockOffer[],
  changes: AdmissionChanges = {},
): MockCloud {
  const of = (account: string): MockCloud => {
    const cloud = clouds[account];
    if (cloud === undefined) throw new Error(`the market has no account ${account}`);
    return cloud;
  };
  const all = Object.values(clouds);
  const calls = (name: keyof CallLog) => all.flatMap((cloud) => cloud.calls[name] as never[]);
  const activities: PodActivities = {
    admitClaim: async (input) => {
      const admission = admissionOf(input, changes);
      const { listLagMs } = admission.settings;
      const lags = { listLagMs, endLagMs: listLagMs };
      return await Promise.resolve({
        ...admission,
        offers: offers.map(({ account, changes: fields = {} }, number) => ({
          ...lags,
          number,
          provider: 'mock',
          account,
          changes: fields,
        })),
      });
    },
    createPod: (input) => of(input.account).activities.createPod(input),
    locatePod: (input) => of(input.account).activities.locatePod(input),
    locateLife: (input) => of(input.account).activities.locateLife(input),
    observePod: (input) => of(input.account).activities.observePod(input),
    explainBoot: (input) => of(input.account).activities.explainBoot(input),
    watchPod: (input) => of(input.account).activities.watchPod(input),
    endPods: (input) => of(input.account).activities.endPods(input),
  };
  return {
    activities,
    get living() {
      return all.flatMap(({ living }) => living);
    },
    get calls(): CallLog {
      return {
        admitClaim: calls('admitClaim'),
        createPod: calls('createPod'),
        locatePod: calls('locatePod'),
        locateLife: calls('locateLife'),
        observePod: calls('observePod'),
        explainBoot: calls('explainBoot'),
        watchPod: calls('watchPod'),
        endPods: calls('endPods'),
      };
    },
  };
}
