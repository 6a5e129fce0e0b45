import type { ErrorKind } from '../../../src/model';
import type { FailureCode, SimulatedCloud } from '../../../src/simulator';
import type { Evidence } from '../judge';

/** What each answer of the cloud's is to a claim; not those after which it tries again. */
const KINDS: { readonly [Code in FailureCode]?: ErrorKind } = {
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  quota: 'quota',
  invalid: 'validation',
  conflict: 'conflict',
  not_found: 'not_found',
};

/** The answers of a cloud that may have failed a claim. */
export function refusalsOf(cloud: SimulatedCloud): Evidence['refusals'] {
  return cloud.calls().flatMap(({ at, outcome }) => {
    const kind = outcome === null || outcome === 'ok' ? undefined : KINDS[outcome];
    return kind === undefined ? [] : [{ at, kind }];
  });
}
