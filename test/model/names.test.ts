import type { PodName } from '../../src/model';
import {
  accountQueue,
  formatPodName,
  isClaimId,
  lifePrefix,
  parsePodName,
  parseWorkflowId,
  workflowIdOf,
  workflowQueue,
} from '../../src/model';

const NAME: PodName = { deployment: 'prod', controlPlane: 'x7k2', claim: 'render-42', life: 'abc234', attempt: 1 };

describe('a pod name', () => {
  test('is written in its parts', () => {
    expect(formatPodName(NAME)).toBe('pk-prodx7k2-render-42-abc234-1');
    expect(lifePrefix(NAME)).toBe('pk-prodx7k2-render-42-abc234-');
  });

  test.each<[what: string, name: PodName]>([
    ['the usual', NAME],
    ['the shortest', { deployment: 'a', controlPlane: '0000', claim: 'b', life: '000000', attempt: 1 }],
    [
      'the longest',
      { deployment: 'a'.repeat(8), controlPlane: 'bbbb', claim: 'c'.repeat(36), life: 'dddddd', attempt: 999 },
    ],
    ['a claim of many parts', { ...NAME, claim: 'a-1-b-2-c' }],
    ['a claim that ends like a life and an attempt', { ...NAME, claim: 'x-abc234-7' }],
    ['a claim that looks like a name', { ...NAME, claim: 'pk-prodx7k2-a-abc234-1' }],
  ])('is read as it was written: %s', (_what, name) => {
    const text = formatPodName(name);

    expect(parsePodName(text)).toEqual(name);
    expect(text.length).toBeLessThanOrEqual(63);
    expect(text.startsWith(lifePrefix(name))).toBe(true);
  });

  test('at its longest fills 63 characters', () => {
    const longest = {
      deployment: 'a'.repeat(8),
      controlPlane: 'bbbb',
      claim: 'c'.repeat(36),
      life: 'dddddd',
      attempt: 999,
    };

    expect(formatPodName(longest)).toHaveLength(63);
  });

  test.each([
    '',
    'my-pod',
    'atlas-1',
    'pk-',
    'PK-prodx7k2-render-42-abc234-1',
    'pk-x7k2-render-42-abc234-1',
    'pk-productiox7k2-render-abc234-1',
    'pk-prodx7k2-render-42-abc234-0',
    'pk-prodx7k2-render-42-abc234-01',
    'pk-prodx7k2-render-42-abc234-1000',
    'pk-prodx7k2-render-42-abc234-',
    'pk-prodx7k2-render--42-abc234-1',
    'pk-prodx7k2--abc234-1',
    'pk-prodx7k2-abc234-1',
    'pk-prodx7k2-render_42-abc234-1',
    'pk-prodx7k2-render-42-abc23-1',
    'pk-prodx7k2-render-42-abc2345-1',
    'pk-prodx7k2-render-42-abc234-1\n',
    ' pk-prodx7k2-render-42-abc234-1',
    'x-pk-prodx7k2-render-42-abc234-1',
    'pk-prodx7k2-render-42-abc234-1-2x',
    `pk-prodx7k2-${'c'.repeat(37)}-abc234-1`,
  ])('%j is none of ours', (text) => {
    expect(parsePodName(text)).toBeUndefined();
  });

  test("no life's prefix fits a name of another life", () => {
    const lives = [
      NAME,
      { ...NAME, life: 'abc235' },
      { ...NAME, claim: 'render-4' },
      { ...NAME, claim: 'render-42-a' },
    ];
    const others = [
      { ...NAME, controlPlane: 'x7k3' },
      { ...NAME, deployment: 'pro', controlPlane: 'dx7k' },
    ];

    for (const one of [...lives, ...others]) {
      for (const other of [...lives, ...others].filter((life) => life !== one)) {
        expect(formatPodName(other).startsWith(lifePrefix(one))).toBe(false);
      }
    }
  });
});

describe('a claim id', () => {
  test.each(['a', '7', 'render-42', 'a-b-c', 'a'.repeat(36)])('%j is one', (id) => {
    expect(isClaimId(id)).toBe(true);
  });

  test.each(['', '-a', 'a-', 'a--b', 'A', 'a_b', 'a/b', 'a.b', 'a b', 'ä', 'a\n', 'a'.repeat(37)])(
    '%j is none',
    (id) => {
      expect(isClaimId(id)).toBe(false);
    },
  );
});

describe('a workflow id', () => {
  test('is the deployment and the claim', () => {
    expect(workflowIdOf('prod', 'render-42')).toBe('prod/render-42');
    expect(parseWorkflowId('prod/render-42')).toEqual({ deployment: 'prod', claim: 'render-42' });
  });

  test.each(['', 'prod', 'prod/', '/a', 'prod/a/b', 'Prod/a', 'prod/A', 'production/a', 'pro-d/a', 'prod/a\n'])(
    '%j is none of a claim',
    (workflowId) => {
      expect(parseWorkflowId(workflowId)).toBeUndefined();
    },
  );
});

test('queues keep deployments, accounts and spending apart', () => {
  expect(workflowQueue('prod')).toBe('podkeeper/prod');
  expect(accountQueue('prod', 'runpod-main', 'spend')).toBe('podkeeper/prod/runpod-main/spend');
  expect(accountQueue('prod', 'runpod-main', 'keep')).toBe('podkeeper/prod/runpod-main/keep');
});
