import type { PodSpec } from '../../src/model';
import type { PodSpecInput } from '../../src/schema';
import { differencesOf, digestOf, parsePodSpec } from '../../src/schema';

function specOf(input: PodSpecInput): PodSpec {
  return parsePodSpec(input).spec;
}

describe('digestOf', () => {
  test('is 32 hexadecimal digits, the same at every call', () => {
    const digest = digestOf(specOf({ gpu: 'h100' }));

    expect(digest).toMatch(/^[0-9a-f]{32}$/);
    expect(digestOf(specOf({ gpu: 'h100' }))).toBe(digest);
  });

  test.each<[what: string, one: PodSpecInput, other: PodSpecInput]>([
    ['a duration in words and in ms', { idleTimeout: '30m' }, { idleTimeout: 1_800_000 }],
    ['two forms of a port', { ports: ['80/http'] }, { ports: [{ port: 80, protocol: 'http' }] }],
    [
      'a default, said and unsaid',
      { gpu: 'h100' },
      { gpu: 'h100', gpuCount: 1, spot: false, health: 'status', env: {} },
    ],
    ['no idle end, in three ways', { idleTimeout: 'off' }, { idleTimeout: null }],
    ['another order of keys', { env: { A: '1', B: '2' }, gpu: 'h100' }, { gpu: 'h100', env: { B: '2', A: '1' } }],
    [
      'another order of inner keys',
      { providerOptions: { a: { x: 1, y: [{ p: 1, q: 2 }] } } },
      { providerOptions: { a: { y: [{ q: 2, p: 1 }], x: 1 } } },
    ],
    ['the id is not part of it', { id: 'a' }, { id: 'b' }],
  ])('is equal for %s', (_what, one, other) => {
    expect(digestOf(specOf(one))).toBe(digestOf(specOf(other)));
  });

  test.each<[what: string, one: PodSpecInput, other: PodSpecInput]>([
    ['another GPU', { gpu: 'h100' }, { gpu: 'a100_80g' }],
    ["a canonical name and a provider's own", { gpu: 'h100' }, { gpu: { id: 'h100' } }],
    ['an env value', { env: { A: '1' } }, { env: { A: '2' } }],
    ['a secret and a text', { env: { A: 'X' } }, { env: { A: { secret: 'X' } } }],
    ['the order of a command', { command: ['a', 'b'] }, { command: ['b', 'a'] }],
    ['an option', { providerOptions: { a: '1' } }, { providerOptions: { a: 1 } }],
    ['an owner', { owner: 'ada' }, {}],
  ])('differs by %s', (_what, one, other) => {
    expect(digestOf(specOf(one))).not.toBe(digestOf(specOf(other)));
  });

  test('does not change if a release adds a field that a spec leaves out', () => {
    const spec = specOf({ gpu: 'h100', maxLifetime: '8h' });
    const older = { ...spec };
    Reflect.deleteProperty(older, 'template');

    expect(digestOf(older)).toBe(digestOf(spec));
  });

  test('is the one that memos contain', () => {
    const spec = specOf({ gpu: 'h100', ports: ['8000/http'], env: { A: '1' }, maxLifetime: '8h' });

    expect(digestOf(spec)).toBe('de476d64c7ab9e9f42cd8d155231666c');
  });
});

describe('differencesOf', () => {
  test.each<[what: string, given: PodSpecInput, asked: PodSpecInput, differences: string[]]>([
    ['nothing', { gpu: 'h100', idleTimeout: '1h' }, { idleTimeout: '60m', gpu: 'h100' }, []],
    ['a GPU', { gpu: 'h100' }, { gpu: 'a100_80g' }, ['gpu: h100 → a100_80g']],
    ['a field that is given up', { gpu: 'h100' }, {}, ['gpu: h100 → none']],
    ['a duration', { idleTimeout: '90m' }, { idleTimeout: 'off' }, ['idleTimeout: 1h30m → none']],
    [
      'a duration by little',
      { maxLifetime: 5_400_100 },
      { maxLifetime: '90m' },
      ['maxLifetime: 5400100ms → 5400000ms'],
    ],
    ['ports', { ports: ['80/http'] }, { ports: ['80/http', '22/tcp'] }, ['ports: ["80/http"] → ["80/http","22/tcp"]']],
    ['labels', { labels: { a: '1' } }, { labels: { a: '2', b: '3' } }, ['labels.a: 1 → 2', 'labels.b: none → 3']],
    ['two fields', { spot: true }, { owner: 'ada' }, ['owner: none → ada', 'spot: true → false']],
    [
      'health',
      {},
      { ports: ['22/tcp'], health: { tcp: { port: 22 } } },
      ['ports: [] → ["22/tcp"]', 'health: {"kind":"status"} → {"kind":"tcp","port":22}'],
    ],
    [
      'candidates, each by its number',
      { candidates: [{ gpu: 'h100' }, { ports: ['80/tcp'] }] },
      { candidates: [{ gpu: 'l4', offerTimeout: '5m' }, { ports: ['81/tcp'] }, {}] },
      [
        'candidates[0].gpu: h100 → l4',
        'candidates[0].offerTimeout: none → 5m',
        'candidates[1].ports: ["80/tcp"] → ["81/tcp"]',
        'candidates[2]: added',
      ],
    ],
    ['a long value', { image: 'i'.repeat(100) }, {}, [`image: ${'i'.repeat(79)}… → none`]],
  ])('names %s', (_what, given, asked, differences) => {
    expect(differencesOf(specOf(given), specOf(asked))).toEqual(differences);
  });

  test('names what may contain a secret, and never shows it', () => {
    const given = specOf({
      env: { OLD: 'hush-1', SAME: 'hush-2', CHANGED: 'hush-3' },
      command: ['serve', '--key=hush-4'],
      providerOptions: { key: 'hush-5' },
    });
    const asked = specOf({
      env: { NEW: 'hush-6', SAME: 'hush-2', CHANGED: { secret: 'hush_7' } },
      command: ['serve', '--key=hush-8'],
      providerOptions: { key: 'hush-9' },
    });

    expect(differencesOf(given, asked)).toEqual([
      'command: changed',
      'env.CHANGED: changed',
      'env.NEW: added',
      'env.OLD: removed',
      'providerOptions.key: changed',
    ]);
  });

  test('never shows the secrets of a candidate', () => {
    const given = specOf({
      candidates: [{ env: { A: 'hush-1' }, command: ['hush-2'], providerOptions: { a: 'hush-3' } }],
    });
    const asked = specOf({ candidates: [{ env: { A: 'hush-4' } }] });

    expect(differencesOf(given, asked)).toEqual([
      'candidates[0].command: changed',
      'candidates[0].env.A: changed',
      'candidates[0].providerOptions: changed',
    ]);
    expect(differencesOf(asked, specOf({ candidates: [{}] }))).toEqual(['candidates[0].env: changed']);
  });

  test('is empty if, and only if, the digests are equal', () => {
    const inputs: PodSpecInput[] = [
      {},
      { gpu: 'h100' },
      { gpu: 'h100', gpuCount: 1 },
      { env: { A: '' } },
      { cpu: { cores: 1 } },
      { regions: ['a'] },
      { gpu: ['h100', 'l4'] },
      { gpu: ['h100'] },
      { candidates: [{ gpu: 'h100' }, { gpu: 'l4' }] },
      { candidates: [{ gpu: 'l4' }, { gpu: 'h100' }] },
      { candidates: [{ gpu: 'h100', ports: ['80/tcp'] }] },
      { candidates: [{ gpu: 'h100', env: {} }] },
      { offerTimeout: '5m' },
    ];
    const specs = inputs.map(specOf);

    for (const one of specs) {
      for (const other of specs) {
        expect(differencesOf(one, other).length === 0).toBe(digestOf(one) === digestOf(other));
      }
    }
  });
});
