import { Context } from '@temporalio/activity';
import type { Pod, PodActivities } from '../../../src/model';
import type { CallContext, ListFilter, PodRequest, Provider } from '../../../src/providers/contract';
import { createMockProvider } from '../../../src/providers/mock';
import type { CallInPlan } from './plan';

/** Something taken out of Podkeeper, to see whether the judge notices. */
export interface Breakage {
  activities?: (own: PodActivities, provider: Provider) => Partial<PodActivities>;
  provider?: (own: Provider) => Partial<Provider>;
}

/** What is to happen at a call; `after` it was carried out, or before it reaches the cloud. */
interface Planned {
  at: CallInPlan;
  nth: number;
  when: 'before' | 'after';
  act: () => Promise<void>;
}

/** One account of the worker. In each plan another cloud is behind it, and perhaps something broken. */
export class Slot implements Provider {
  readonly name = 'mock';
  breakage: Breakage = {};
  private inner: Provider = createMockProvider();
  private counts = { create: 0, terminate: 0 };
  private planned: Planned[] = [];
  /** Tries of activities whose worker is lost: what they go on doing happens nowhere. */
  private lost = new WeakSet<Context>();

  enter(inner: Provider, breakage: Breakage): void {
    this.inner = inner;
    this.breakage = breakage;
    this.counts = { create: 0, terminate: 0 };
    this.planned = [];
  }

  plan(...planned: Planned[]): void {
    this.planned.push(...planned);
  }

  /**
   * Loses the worker of the try that makes the call: from now on nothing of it reaches Temporal or the cloud. The try fails, as if its heartbeats had
   * stopped, and the next one has what Temporal was told before.
   */
  loseWorker(): void {
    const context = Context.current();
    this.lost.add(context);
    Object.assign(context, { heartbeat: () => undefined });
    throw new Error('the worker was lost');
  }

  get capabilities(): Provider['capabilities'] {
    return this.inner.capabilities;
  }

  get listLagMs(): number | undefined {
    return this.inner.listLagMs;
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    return await this.call('create', async (provider) => await provider.spawn(request, context));
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    return await this.call(null, async (provider) => await provider.get(id, context));
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    return await this.call(null, async (provider) => await provider.list(filter, context));
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    await this.call('terminate', async (provider) => await provider.terminate(id, context));
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

  private async call<T>(operation: CallInPlan | null, make: (provider: Provider) => Promise<T>): Promise<T> {
    this.refuseLost();
    if (operation === null) return await make(this.current);
    this.counts[operation] += 1;
    const nth = this.counts[operation];
    const due = this.planned.filter((planned) => planned.at === operation && planned.nth === nth);
    for (const { when, act } of due) if (when === 'before') await act();
    try {
      return await make(this.current);
    } finally {
      for (const { when, act } of due) if (when === 'after') await act();
    }
  }

  private refuseLost(): void {
    if (this.lost.has(Context.current())) throw new Error('the worker was lost');
  }
}
