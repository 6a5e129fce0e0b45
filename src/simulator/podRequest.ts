import { checkNumber, checkText, checkWord } from './checks';
import { SimulatedFailure } from './failure';
import { frozenCopy } from './plainData';
import type { SimulatedPodRequest } from './pod';
import { emptyPodSpec, isPodkeeperError, podFieldsOf } from '../model';

/** A request with all defaults filled in; frozen. */
export type CompleteRequest = Readonly<Required<SimulatedPodRequest>>;

const DEFAULTS = { ...podFieldsOf(emptyPodSpec()), gpu: null, env: {}, labels: {}, notAfter: null, extra: {} };

/** Validates a request and fills in the defaults. @throws SimulatedFailure `invalid`, naming the field */
export function completeRequest(request: SimulatedPodRequest): CompleteRequest {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const { name, ...rest } = frozenCopy({ ...DEFAULTS, name: '', ...Object.fromEntries(given) }, 'request');
  try {
    checkText('name', name);
    if (rest.gpu !== null) checkText('gpu', rest.gpu);
    checkNumber('gpuCount', rest.gpuCount, { least: 1, whole: true });
    checkWord('cloudType', rest.cloudType, ['secure', 'community', 'any']);
    for (const [index, { port, protocol }] of rest.ports.entries()) {
      checkNumber(`ports[${index}].port`, port, { least: 1, most: 65_535, whole: true });
      checkWord(`ports[${index}].protocol`, protocol, ['http', 'tcp']);
    }
  } catch (error) {
    // Callers of the cloud get the cloud's own errors.
    if (isPodkeeperError(error)) throw new SimulatedFailure('invalid', error.message);
    throw error;
  }
  return Object.freeze({ name, ...rest });
}
