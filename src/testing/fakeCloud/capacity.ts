/** RunPod's messages for missing capacity. The wording varies, and is the only sign (field reports on REST v1, v2 and GraphQL). */
const CREATE_TEXTS = [
  'There are no longer any instances available with the requested specifications. Please refresh and try again.',
  'There are no longer any instances available with the request specifications.',
  'There are no longer any instances available with enough disk space.',
  'There are no instances currently available',
  'This machine does not have the resources to deploy your pod. Please try a different machine',
] as const;

const START_TEXT = 'There are not enough free GPUs on the host machine to start this pod.';

/** @param turn chooses one of several wordings; the same turn gives the same one */
export function capacityText(operation: 'create' | 'start', turn: number): string {
  return operation === 'start' ? START_TEXT : (CREATE_TEXTS[turn % CREATE_TEXTS.length] ?? CREATE_TEXTS[0]);
}

/** RunPod's generic error message. */
export const UNKNOWN_TROUBLE = 'Something went wrong. Please try again later or contact support.';
