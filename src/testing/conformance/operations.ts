import type { Trial } from './trial';

/** A method called for an existing pod, for checks that apply to several methods. */
export interface Operation {
  name: 'get' | 'list' | 'terminate' | 'spawn' | 'stop' | 'start';
  /** Whether it sends a request that changes something. Its other requests are ignored then. */
  changes: boolean;
  call: (trial: Trial, id: string, abort?: AbortController) => Promise<unknown>;
}

export const READS: readonly Operation[] = [
  {
    name: 'get',
    changes: false,
    call: async (trial, id, abort) => trial.call('get', async (context) => trial.provider.get(id, context), abort),
  },
  {
    name: 'list',
    changes: false,
    call: async (trial, _id, abort) => trial.call('list', async (context) => trial.provider.list({}, context), abort),
  },
];

export const TERMINATE: Operation = {
  name: 'terminate',
  changes: true,
  call: async (trial, id, abort) =>
    trial.call('terminate', async (context) => trial.provider.terminate(id, context), abort),
};

export const SPAWN: Operation = {
  name: 'spawn',
  changes: true,
  call: async (trial, _id, abort) => trial.spawn(trial.request(), abort === undefined ? {} : { abort }),
};

const STOP_AND_START: readonly Operation[] = [
  {
    name: 'stop',
    changes: true,
    call: async (trial, id, abort) => trial.call('stop', async (context) => trial.provider.stop?.(id, context), abort),
  },
  {
    name: 'start',
    changes: true,
    call: async (trial, id, abort) =>
      trial.call('start', async (context) => trial.provider.start?.(id, context), abort),
  },
];

/** All methods of the provider. */
export function operationsOf(trial: Trial): readonly Operation[] {
  return [...READS, TERMINATE, SPAWN, ...(trial.has('stop') ? STOP_AND_START : [])];
}
