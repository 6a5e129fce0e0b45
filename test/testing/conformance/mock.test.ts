import { createMockProvider } from '../../../src/providers/mock';
import { type Fault, type Operation, SimulatedCloud } from '../../../src/simulator';
import { type FailedRead, providerConformance } from '../../../src/testing/conformance';

const cloud = new SimulatedCloud();

providerConformance({
  provider: () => createMockProvider({ cloud }),
  reset: () => cloud.reset(),
  inspect: (id) => cloud.pod(id),
  faults: {
    createExecutedThenNoAnswer: () => cloud.inject({ kind: 'executed_then_no_answer', on: 'create', hangs: true }),
    createExecutedThenError: () => cloud.inject({ kind: 'executed_then_error', on: 'create' }),
    createRateLimited: (retryAfterMs) =>
      cloud.inject({ kind: 'refused', on: 'create', code: 'rate_limited', retryAfterMs }),
    createUnauthorized: () => cloud.inject({ kind: 'refused', on: 'create', code: 'unauthorized' }),
    terminateFails: (how) => cloud.inject(failure('terminate', how)),
    listFails: (how) => cloud.inject(failure('list', how)),
    getFails: (how) => cloud.inject(failure('get', how)),
    unknownStatus: (id) => cloud.showAs(id, 'HIBERNATING'),
  },
});

function failure(on: Operation, how: FailedRead | 'busy'): Fault {
  if (how === 'no_answer') return { kind: 'no_answer', on, hangs: true };
  return how === 'error' ? { kind: 'error', on } : { kind: 'refused', on, code: how };
}
