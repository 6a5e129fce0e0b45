import { CAPABILITIES } from '../../../providers/contract';
import type { Capability, Provider } from '../../../providers/contract';
import { demand, demandEqual, short } from '../demands';
import { kindOf } from '../kinds';
import { specOf } from '../request';
import type { Trial } from '../trial';
import type { ChecksOf } from './checksOf';

export const IDENTITY: ChecksOf<'identity'> = {
  'identity-name': async (trial) => {
    const { name } = trial.provider;
    const isWord = typeof name === 'string' && /^[a-z][a-z0-9_-]{0,63}$/.test(name);
    demand(isWord, `the name is to be a word of small letters, digits, - and _, and is ${short(name)}`);
    demandEqual(trial.another().name, name, 'the name of a second instance');
  },

  'identity-capabilities': async ({ provider: { capabilities } }) => {
    demand(typeof capabilities?.has === 'function', `capabilities is to be a Set, and is ${short(capabilities)}`);
    const unknown = [...capabilities].filter((word) => !CAPABILITIES.includes(word));
    demandEqual(unknown, [], 'capabilities that the contract does not know');
    const rents = capabilities.has('gpu') || capabilities.has('cpu');
    demand(rents, 'a provider is to have the capability gpu, cpu or both, and this has neither: nothing can be rented');
  },

  'identity-flags': async (trial) => {
    const needed = METHODS.filter(({ capability }) => trial.has(capability));
    const always = ['spawn', 'get', 'list', 'terminate'] as const;
    const missing = [...always, ...needed.map(({ method }) => method)].filter(
      (method) => typeof trial.provider[method] !== 'function',
    );
    demandEqual(missing, [], 'methods that are missing though a capability, or the contract, promises them');
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
    demandEqual(sent, [], 'requests that were sent all the same');
  },

  'identity-lag': async ({ provider: { listLagMs } }) => {
    const isDuration = listLagMs === undefined || (Number.isFinite(listLagMs) && listLagMs >= 0);
    demand(isDuration, `listLagMs is to be a number of ms, 0 or more, and is ${short(listLagMs)}`);
  },

  'identity-check': async (trial) => {
    trial.wire?.begin('check');
    const check = async (): Promise<void> => {
      const answer: unknown = trial.provider.check?.(specOf(trial.request(), trial.provider.name));
      demandEqual(answer, undefined, 'what check answers (it refuses by throwing, at once)');
    };
    const error = await trial.failure(check());
    demandEqual(error, undefined, 'what check throws for what the suite rents (else give the option request)');
    await trial.wire?.settle();
    const sent = (trial.wire?.seen ?? []).filter(({ operation }) => operation === 'check').length;
    demandEqual(sent, 0, 'requests that check has sent');
  },

  'identity-close': async (trial) => {
    const { id } = await trial.spawn();
    const other = trial.another();
    await trial.get(id, other);
    for (const turn of ['first', 'second']) {
      const error = await trial.failure(trial.call('close', async () => other.close?.()));
      demandEqual(error, undefined, `what the ${turn} close rejects with`);
    }
    const { status } = await trial.get(id);
    demand(status !== 'terminated', 'close is to leave pods alone, and the pod has ended');
  },
};

/** Tells whether a provider has the capabilities of all methods that it has. */
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

/** The methods that refuse where their capability is missing. */
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
