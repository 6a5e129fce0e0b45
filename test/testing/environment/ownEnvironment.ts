import { createTestPodkeeper } from '../../../src/testing/environment';

/** A program with a test Podkeeper. Arguments: the bundle, and what to do. */
async function main([codePath = '', what = '']: string[]): Promise<void> {
  const here = await createTestPodkeeper({ workflowBundle: { codePath } });
  const pod = await here.podkeeper.spawn({ image: 'render', provider: 'mock' });
  await pod.healthy();
  const waiting = here.skip('1s').then(() => pod.healthy());
  process.stdout.write('healthy\n');
  if (what === 'stay') return;
  await waiting;
  try {
    if (what === 'fail') throw new Error('the test failed');
  } finally {
    await Promise.all([here.close(), here.close()]);
    await here.close();
  }
  process.stdout.write('closed\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stdout.write(`${String(error)}\n`);
  process.exitCode = 3;
});
