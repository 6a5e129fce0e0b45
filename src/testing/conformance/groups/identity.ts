import { CAPABILITIES } from '../../../providers/contract';
import type { Capability, Provider } from '../../../providers/contract';
import { demand, demandEqual, kindOf, short } from '../assertions';
import { specOf } from '../request';
import type { Trial } from '../trial';
import type { ChecksOf } from './checksOf';

export const IDENTITY: ChecksOf<'identity'> = {
  'identity-name': async (trial) => {
    const { name } = trial.provider;
    const isWord = typeof name === 'string' && /^[a-z][a-z0-9_-]{0,63}$/.test(name);
    demand(isWord, `the name must be lowercase letters, digits, - and _, but is ${short(name)}`);
    demandEqual(trial.another().name, name, 'the name of a second instance');
  },

  'identity-capabilities': async ({ provider: { capabilities } }) => {
    demand(typeof capabilities?.has === 'function', `capabilities must be a Set, but is ${short(capabilities)}`);
    const unknown = [...capabilities].filter((word) => !CAPABILITIES.includes(word));
    demandEqual(unknown, [], 'capabilities that are not in the contract');
    const rents = capabilities.has('gpu') || capabilities.has('cpu');
    demand(rents, 'a provider must have the capability gpu or cpu, but this one has neither');
  },

  'identity-flags': async (trial) => {
    const needed = METHODS.filter(({ capability }) => trial.has(capability));
    const always = ['spawn', 'get', 'list', 'terminate'] as const;
    const missing = [...always, ...needed.map(({ method }) => method)].filter(
      (method) => typeof trial.provider[method] !== 'function',
    );
    demandEqual(missing, [], 'missing methods that a capability or the contract requires');
  },

  'identity-unsupported': async (trial) => {
    const pod = await trial.spawn();
    const seen = trial.wire?.seen.length ?? 0;
    for (const { capability, method, call } of UNSUPPORTED) {
      if (trial.has(capability) || typeof trial.provider[method] !== 'function') continue;
      const what = `${method} without the capability ${capability}`;
      const error = await trial.rejection(what, trial.call(method, call(trial, pod.id)));
      demandEqual(kindOf(error), 'unsupported', `the kind of ${what}`);
    }
    const sent = (trial.wire?.seen ?? []).slice(seen).map(({ method, path }) => `${method} ${path}`);
    demandEqual(sent, [], 'requests that were sent');
  },

  'identity-lag': async ({ provider: { listLagMs } }) => {
    const isDuration = listLagMs === undefined || (Number.isFinite(listLagMs) && listLagMs >= 0);
    demand(isDuration, `listLagMs must be a number of ms, 0 or more, but is ${short(listLagMs)}`);
  },

  'identity-check': async (trial) => {
    trial.wire?.begin('check');
    const check = async (): Promise<void> => {
      const answer: unknown = trial.provider.check?.(specOf(trial.request(), trial.provider.name));
      demandEqual(answer, undefined, 'the return value of check (it refuses by throwing, synchronously)');
    };
    const error = await trial.failure(check());
    demandEqual(
      error,
      undefined,
      "the error of check for the suite's request (if it is right, set the option request)",
    );
    await trial.wire?.settle();
    const sent = (trial.wire?.seen ?? []).filter(({ operation }) => operation === 'check').length;
    demandEqual(sent, 0, 'the number of requests sent by check');
  },

  'identity-close': async (trial) => {
    const { id } = await trial.spawn();
    const other = trial.another();
    await trial.get(id, other);
    for (const turn of ['first', 'second']) {
      const error = await trial.failure(trial.call('close', async () => other.close?.()));
      demandEqual(error, undefined, `the error of the ${turn} close`);
    }
    const { status } = await trial.get(id);
    demand(status !== 'terminated', 'close must not end pods, but the pod has ended');
  },
};

/** Whether a provider has the capability for each of its methods. */
export function hasAllCapabilities(provider: Provider): boolean {
  return UNSUPPORTED.every(
    ({ capability, method }) => provider.capabilities.has(capability) || provider[method] === undefined,
  );
}

type Method = Exclude<keyof Provider, 'name' | 'capabilities' | 'listLagMs' | 'endLagMs'>;

interface CapabilityMethod {
  capability: Capability;
  method: Method;
  call: (trial: Trial, id: string) => (context: { signal: AbortSignal }) => Promise<unknown>;
}

async function drained(chunks: AsyncIterable<unknown> | undefined): Promise<void> {
  await chunks?.[Symbol.asyncIterator]().next();
}

const METHODS: readonly CapabilityMethod[] = [
  {
    capability: 'stop',
    method: 'stop',
    call: (trial, id) => async (context) => trial.provider.stop?.(id, context),
  },
  {
    capability: 'stop',
    method: 'start',
    call: (trial, id) => async (context) => trial.provider.start?.(id, context),
  },
  {
    capability: 'serverless',
    method: 'runJob',
    call: (trial) => async (context) =>
      trial.provider.runJob?.({ endpoint: trial.jobs.endpoint, input: trial.jobs.input }, context),
  },
  {
    capability: 'serverless',
    method: 'getJob',
    call: (trial) => async (context) => trial.provider.getJob?.(unknownJob(trial), context),
  },
  {
    capability: 'serverless',
    method: 'cancelJob',
    call: (trial) => async (context) => trial.provider.cancelJob?.(unknownJob(trial), context),
  },
  {
    capability: 'serverless',
    method: 'streamJob',
    call: (trial) => async (context) => drained(trial.provider.streamJob?.(unknownJob(trial), context)),
  },
  {
    capability: 'gpu_types',
    method: 'listGpuTypes',
    call: (trial) => async (context) => trial.provider.listGpuTypes?.(context),
  },
  {
    capability: 'logs',
    method: 'logs',
    call: (trial, id) => async (context) => drained(trial.provider.logs?.(id, { follow: false }, context)),
  },
];

/** The methods that must refuse without their capability. */
const UNSUPPORTED: readonly CapabilityMethod[] = [
  {
    capability: 'serverless',
    method: 'endpointHealth',
    call: (trial) => async (context) => trial.provider.endpointHealth?.(trial.jobs.endpoint, context),
  },
  {
    capability: 'serverless',
    method: 'purgeJobs',
    call: (trial) => async (context) => trial.provider.purgeJobs?.(trial.jobs.endpoint, context),
  },
  ...METHODS,
];

function unknownJob({ jobs }: Trial): { endpoint: string; id: string } {
  return { endpoint: jobs.endpoint, id: jobs.unknownId };
}
