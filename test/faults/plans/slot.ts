import type { Pod, PodActivities } from '../../../src/model';
import type { CallContext, ListFilter, PodRequest, Provider } from '../../../src/providers/contract';
import { createMockProvider } from '../../../src/providers/mock';
import type { CallInPlan } from './plan';

/** Something taken out of Podkeeper, to see whether the judge notices. */
export interface Breakage {
  activities?: (own: PodActivities, provider: Provider) => Partial<PodActivities>;
  provider?: (own: Provider) => Partial<Provider>;
}

/** One account of the worker. In each plan another cloud is behind it, and perhaps something broken. */
export class Slot implements Provider {
  readonly name = 'mock';
  breakage: Breakage = {};
  private inner: Provider = createMockProvider();
  private counts = { create: 0, terminate: 0 };
  private planned: { during: CallInPlan; nth: number; act: () => Promise<void> }[] = [];

  enter(inner: Provider, breakage: Breakage): void {
    this.inner = inner;
    this.breakage = breakage;
    this.counts = { create: 0, terminate: 0 };
    this.planned = [];
  }

  onCall(during: CallInPlan, nth: number, act: () => Promise<void>): void {
    this.planned.push({ during, nth, act });
  }

  get capabilities(): Provider['capabilities'] {
    return this.inner.capabilities;
  }

  get listLagMs(): number | undefined {
    return this.inner.listLagMs;
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    await this.meet('create');
    return await this.current.spawn(request, context);
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    return await this.current.get(id, context);
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    return await this.current.list(filter, context);
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    await this.meet('terminate');
    await this.current.terminate(id, context);
  }

  private get current(): Provider {
    const { inner } = this;
    const whole: Provider = {
      name: inner.name,
      capabilities: inner.capabilities,
      spawn: async (request, context) => await inner.spawn(request, context),
      get: async (id, context) => await inner.get(id, context),
      list: async (filter, context) => await inner.list(filter, context),
      terminate: async (id, context) => await inner.terminate(id, context),
    };
    return { ...whole, ...this.breakage.provider?.(whole) };
  }

  private async meet(during: CallInPlan): Promise<void> {
    this.counts[during] += 1;
    for (const planned of this.planned.filter((candidate) => candidate.during === during)) {
      if (planned.nth === this.counts[during]) await planned.act();
    }
  }
}
