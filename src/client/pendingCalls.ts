import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/client';
import { POLL_AGAIN } from '../model';
import type { PollMemory } from '../model';
import type { ClaimRun } from './claimRuns';
import type { PodInfo } from './podInfo';

/** Reads the heartbeats and failures of the activities in flight from Temporal's own description; needs no worker. */
export async function pendingCalls(
  { pendingActivities }: ClaimRun['raw'],
  client: Client,
): Promise<Pick<PodInfo, 'lastObservation' | 'lastError'>> {
  let lastObservation: PodInfo['lastObservation'] = null;
  let lastError: PodInfo['lastError'] = null;
  for (const pending of pendingActivities ?? []) {
    const [payload] = pending.heartbeatDetails?.payloads ?? [];
    if (payload !== undefined) {
      const memory = await decode<PollMemory>(client, payload);
      lastObservation = memory.observation ?? lastObservation;
    }
    const failure = pending.lastFailure;
    if (failure != null && failure.applicationFailureInfo?.type !== POLL_AGAIN) {
      lastError = {
        call: pending.activityType?.name ?? 'unknown',
        attempt: pending.attempt ?? 1,
        message: failure.message ?? '',
      };
    }
  }
  return { lastObservation, lastError };
}

/** Decodes with the client's codecs, in reverse order, and its converter. */
async function decode<T>(client: Client, payload: Payload): Promise<T> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [plain] = payloads;
  if (plain === undefined) throw new TypeError('a payload codec decoded one payload into none');
  return payloadConverter.fromPayload<T>(plain);
}
