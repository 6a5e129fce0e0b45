import * as runner from 'node:test';
import { providerConformance } from 'podkeeper/testing';
import { PAGE_SIZE, TOKEN, startFakeNimbus } from './fakeNimbus.js';
import type { FakeNimbus } from './fakeNimbus.js';
import { createNimbusProvider } from './nimbusProvider.js';

let fake: FakeNimbus;
runner.before(async () => {
  fake = await startFakeNimbus();
});
runner.after(() => fake.close());

providerConformance({
  provider: ({ baseUrl }) => createNimbusProvider({ baseUrl: baseUrl ?? '', token: TOKEN }),
  reset: () => fake.cloud.reset(),
  inspect: (id) => fake.cloud.pod(id),
  http: {
    upstream: () => fake.url,
    pageSize: PAGE_SIZE,
    errorBody: (status, message) => ({
      contentType: 'application/json',
      body: JSON.stringify({ error: { code: CODES[status] ?? 'INTERNAL', message } }),
    }),
  },
  // The fake's list has no lag, so tests needn't wait for it.
  listLagMs: 0,
  secrets: [TOKEN],
  runner,
});

const CODES: Record<number, string> = {
  401: 'BAD_TOKEN',
  403: 'NOT_ALLOWED',
  404: 'NO_SUCH_MACHINE',
  409: 'BUSY',
  429: 'SLOW_DOWN',
};
