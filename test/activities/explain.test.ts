import { explainBoot } from '../../src/activities/explain';
import { PodkeeperError, secret } from '../../src/model';
import type { LogLine, Provider } from '../../src/providers/contract';
import { closedPort } from '../support/listening';
import { NAME, cloud, lookInput, specOf } from './fixtures';
import { answerOf } from './tries';

const SECRET = 'hf-0123456789';

/** A running pod that has written these lines and listens nowhere. */
async function booting(lines: string[] | Error) {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  const externalPort = await closedPort();
  const host = '127.0.0.1';
  pod.endpoints = [{ port: 8000, protocol: 'http', host, externalPort, url: `http://${host}:${externalPort}` }];
  const logs: Provider['logs'] = async function* () {
    if (lines instanceof Error) throw lines;
    for (const text of lines) yield await Promise.resolve<LogLine>({ source: 'container', text, at: null, cursor: '' });
  };
  Object.assign(provider, { logs });
  const spec = specOf({
    env: { TOKEN: secret('T') },
    health: { kind: 'http', port: 8000, path: '/ok', status: null },
  });
  const explain = () => explainBoot(account, lookInput(pod.id, { spec }), { secrets: () => SECRET });
  return { pod, explain, url: `http://${host}:${externalPort}/ok` };
}

test('says what the probe finds, and the last lines without secrets', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const { explain, url } = await booting([...lines, '', `token=${SECRET}`, 'x'.repeat(500)]);

  const { finding, lines: last } = await answerOf(explain);

  expect(finding).toBe(`GET ${url}: ECONNREFUSED`);
  expect(last).toHaveLength(8);
  expect(last.slice(-3)).toEqual(['line 19', 'token=[redacted]', 'x'.repeat(160)]);
});

test('what can’t be learned is left out', async () => {
  const { explain, pod } = await booting(new PodkeeperError('provider', 'no logs'));
  pod.status = 'terminated';

  expect(await answerOf(explain)).toEqual({ finding: null, lines: [] });
});

test('a pod that doesn’t run yet is explained by its provider', async () => {
  const { explain, pod } = await booting([]);
  pod.status = 'provisioning';
  pod.statusDetail = 'pulling the image';

  expect(await answerOf(explain)).toEqual({ finding: 'it is pulling the image', lines: [] });
});
