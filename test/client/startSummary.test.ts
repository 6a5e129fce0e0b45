import { detailsOf, summaryOf } from '../../src/client/startSummary';
import { parsePodSpec } from '../../src/schema';
import type { PodSpecInput } from '../../src/schema';

function summary(spec: PodSpecInput): string {
  return summaryOf(parsePodSpec(spec).spec);
}

test.each<[PodSpecInput, string]>([
  [{}, 'Pod without a GPU'],
  [
    { provider: 'local', owner: 'ada', command: ['sleep', '1'], idleTimeout: '30m', maxLifetime: '8h' },
    'Pod without a GPU on local for ada; ends 30m after the last touch, after 8h at the latest',
  ],
  [
    { provider: 'runpod', image: 'org/x', gpu: 'h100', gpuCount: 2, maxLifetime: '1h' },
    '2 × h100 on runpod; ends after 1h at the latest',
  ],
  [{ gpu: { id: 'NVIDIA H100 NVL' }, idleTimeout: '1m' }, '1 × NVIDIA H100 NVL; ends 1m after the last touch'],
  [{ provider: 'runpod', gpu: ['h100', 'l4'] }, '1 × h100 on runpod, 2 candidates'],
  [{ owner: 'ada', candidates: [{ gpu: 'h100' }] }, 'Pod, 1 candidate for ada'],
])('the summary of %j is %j', (spec, said) => {
  expect(summary(spec)).toBe(said);
});

test('the summary leaves out command and environment', () => {
  expect(summary({ command: ['run', '--key', 'hush'], env: { MODE: 'hush' } })).not.toMatch(/hush|run/);
});

test('the summary stays below Temporal’s limit in bytes, and is cut between characters', () => {
  const text = summary({ gpu: { id: '㌍'.repeat(128) }, owner: '🐙'.repeat(30) });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(240);
  expect(text).toMatch(/^1 × ㌍+$/u);
});

test('the details list the other fields that the spec sets', () => {
  const { spec } = parsePodSpec({
    image: 'org/x:1',
    ports: ['8000/http', '22/tcp'],
    health: { tcp: { port: 22 } },
    maxHourlyPrice: 2.5,
    labels: { team: 'a ` [b](http://c)' },
    command: ['hush'],
    env: { KEY: 'hush' },
  });
  expect(detailsOf(spec)).toBe(
    [
      '- image: `org/x:1`',
      '- ports: `8000/http, 22/tcp`',
      '- healthy when: `it runs, and takes connections`',
      '- at most: `$2.5/h`',
      "- labels: `team=a ' [b](http://c)`",
    ].join('\n'),
  );
});
