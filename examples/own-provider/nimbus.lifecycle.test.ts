// oxlint-disable typescript/no-floating-promises -- node:test awaits its tests
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { createTestPodkeeper } from 'podkeeper/testing';
import type { TestPodkeeper } from 'podkeeper/testing';
import { TOKEN, startFakeNimbus } from './fakeNimbus.js';
import type { FakeNimbus } from './fakeNimbus.js';
import { createNimbusProvider } from './nimbusProvider.js';

let fake: FakeNimbus;
let here: TestPodkeeper;
before(async () => {
  fake = await startFakeNimbus();
  const nimbus = createNimbusProvider({ baseUrl: fake.url, token: TOKEN });
  here = await createTestPodkeeper({ accounts: { nimbus } });
});
after(async () => {
  await here?.close();
  await fake.close();
});
// After each test, no pod may be billed any more.
afterEach(() => assert.deepEqual(fake.cloud.ledger.billing(), []));

const SPEC = { provider: 'nimbus', gpu: 'l4', image: 'busybox:1.36', maxLifetime: '1h' };

test('a pod is rented, gets healthy, and is proven gone', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, id: 'rented' });
  const { hourlyPrice } = await pod.healthy();
  const report = await pod.terminate();

  assert.equal(hourlyPrice, 0.5);
  assert.equal(report.phase, 'terminated');
  assert.equal(report.end.reason, 'released');
});

test('a create that is never answered makes one pod, not two', async () => {
  fake.cloud.inject({ kind: 'executed_then_no_answer', on: 'create' });
  const pod = await here.podkeeper.spawn({ ...SPEC, id: 'unanswered' });
  await pod.healthy();
  await pod.terminate();

  const rented = fake.cloud.ledger.entries().filter(({ name }) => name.includes('-unanswered-'));
  assert.equal(rented.length, 1);
});

test('a preempted machine ends its claim', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, id: 'preempted' });
  const { id } = await pod.healthy();
  fake.cloud.preempt(id);

  const { report } = await pod.result();
  assert.equal(report.end.reason, 'exited');
});

test('a machine that nobody ends is ended at its deadline', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, id: 'forgotten' });
  await pod.healthy();
  await here.skip('2h');

  const { report } = await pod.result();
  assert.equal(report.end.reason, 'lifetime');
});
