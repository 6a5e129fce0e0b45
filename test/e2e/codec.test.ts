import { Client } from '@temporalio/client';
import { Podkeeper } from '../../src/client';
import { onDevServer } from '../support/e2e';
import { serverBehindGate } from '../support/e2eSetup';

const live = onDevServer({ scrambled: true });
const VALUE = 'value-that-nobody-may-read';

test(
  'a payload codec hides the spec in Temporal, and everything works as without one',
  live(async (here) => {
    await here.startWorker({ scrambled: true });
    const spec = { ...serverBehindGate('/never/there'), id: 'veiled', env: { PRIVATE: VALUE } };
    const pod = await here.spawn(spec);
    await here.until('a look has seen what is missing', async () => {
      return (await pod.info()).lastObservation?.message.includes('ECONNREFUSED') === true;
    });
    expect((await here.claim(pod)).spec?.env).toEqual({ PRIVATE: VALUE });
    await expect(here.podkeeper.spawn({ ...spec, env: { PRIVATE: 'other' } })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('env.PRIVATE: changed') as string,
    });

    const report = await pod.terminate();
    expect(report.attempts).toMatchObject([{ outcome: 'held' }]);
    const history = await here.workflow(pod).fetchHistory();
    const { raw } = await here.workflow(pod).describe();
    expect(textsIn(history).length).toBeGreaterThan(100);
    for (const text of [...textsIn(history), ...textsIn(raw)]) {
      expect(text).not.toContain(VALUE);
      expect(text).not.toContain('ECONNREFUSED');
    }

    const plain = new Client({ connection: here.client.connection });
    const reader = new Podkeeper({ client: plain, deployment: here.name }).get('veiled');
    await expect(reader.result()).rejects.toThrow('binary/scrambled');
  }),
);

/** Every text and every sequence of bytes in a tree, as text. */
function textsIn(tree: unknown): string[] {
  if (typeof tree === 'string') return [tree];
  if (ArrayBuffer.isView(tree)) return [Buffer.from(tree.buffer, tree.byteOffset, tree.byteLength).toString('latin1')];
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.values(tree).flatMap(textsIn);
}
