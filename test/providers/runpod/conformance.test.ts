import { providerConformance } from '../../../src/testing';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud } from '../../../src/testing/fakeCloud';
import { createRunpodProvider } from '../../../src/providers/runpod';

const KEY = 'rpa_0conformance0key0of0the0fake0cloud';
/** Short, since the tests wait for it in real time. */
const LIST_LAG_MS = 100;
const PAGE_SIZE = 3;

let cloud: FakeCloud;

beforeAll(async () => {
  cloud = await startFakeCloud({
    keys: [KEY],
    runtimeAfterMs: 20,
    // A job that is to be cancelled has to run for long enough on a slow machine.
    simulator: { listLagMs: LIST_LAG_MS, terminatingMs: 20, jobTimes: { queuedMs: 20, runningMs: 2_000 } },
  });
});

afterAll(async () => cloud.close());

describe.each([{ api: 'v2' as const }, { api: 'v1' as const }])('REST $api', ({ api }) => {
  providerConformance({
    title: `conformance of RunPod by REST ${api}`,
    provider: ({ baseUrl, jobsUrl }) =>
      createRunpodProvider({
        api,
        apiKey: KEY,
        pageSize: PAGE_SIZE,
        environment: {},
        ...(baseUrl === null ? {} : { baseUrl }),
        ...(jobsUrl === null ? {} : { jobsUrl }),
        proxyUrl: 'http://127.0.0.1:1/{pod}-{port}',
      }),
    reset: async () => cloud.reset(),
    inspect: (id) => {
      const pod = cloud.cloud.pod(id);
      return pod === undefined ? undefined : { env: pod.env };
    },
    http: {
      upstream: () => `${cloud.url}/${api}`,
      ...(api === 'v2' ? { jobsUpstream: () => `${cloud.jobsUrl}/v2`, pageSize: PAGE_SIZE } : {}),
      errorBody: (status, message) =>
        api === 'v2'
          ? {
              contentType: 'application/problem+json',
              body: JSON.stringify({ title: 'Refused', status, detail: message }),
            }
          : { contentType: 'application/json', body: JSON.stringify({ error: message }) },
    },
    listLagMs: LIST_LAG_MS,
    secrets: [KEY],
  });
});
