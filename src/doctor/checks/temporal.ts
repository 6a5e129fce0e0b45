import { broken, holds } from '../finding';
import type { Check } from '../finding';

/** Without Temporal no claim begins, and none ends. */
export const temporal: Check = {
  name: 'temporal',
  meaning: 'Temporal answers, and has the namespace',
  wayOut: 'check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE; while Temporal is down, pods bill on until it is back',
  judge: ({ deployment, namespace }) =>
    namespace.known
      ? [holds(deployment, `namespace ${namespace.value} answers`)]
      : [broken(deployment, `Temporal or its namespace is not there: ${namespace.why}`)],
};
