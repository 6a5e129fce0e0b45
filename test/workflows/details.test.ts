import type { AttemptRecord, Pod } from '../../src/model';
import { newClaimState } from '../../src/workflows/claimState';
import type { ClaimState } from '../../src/workflows/claimState';
import { detailsOf } from '../../src/workflows/details';
import { HOUR, MINUTE, admissionOf, podOf } from '../support/mockCloud';
import type { AdmissionChanges } from '../support/mockCloud';
import { START, claimStateOf } from './fixtures/claimState';
import type { StateFacts } from './fixtures/claimState';

const POD = podOf('pk-prodaaaa-render-bbbbbb-1', { id: 'p1', hourlyPrice: 2.69 });

function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

function stateOf(facts: Partial<StateFacts>, spec: AdmissionChanges['spec'] = {}): ClaimState {
  const changes = { spec: { idleTimeoutMs: 30 * MINUTE, ...spec } };
  return claimStateOf(admissionOf({ deployment: 'prod', claim: 'render' }, changes), facts);
}

/** The rows by their names, with the spaces that a reader sees. */
function rowsOf(state: ClaimState): Record<string, string> {
  const [heading, rule, ...lines] = detailsOf(state, START + HOUR).split('\n');
  expect([heading, rule]).toEqual(['| | |', '| :-- | :-- |']);
  expect(lines.splice(-2)).toEqual(['', '\u00A0']);
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', text = ''] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
      return [name.replaceAll('\u00A0', ' '), text];
    }),
  );
}

test('before the first task ended there is only a phase', () => {
  expect(rowsOf(newClaimState('prod', 'render', START))).toEqual({
    phase: '**pending**: the spec is being checked',
    'to end it': expect.stringContaining('`podkeeper terminate render`') as string,
  });
});

test('a booting pod: when it has to be healthy, what it costs', () => {
  const pod: Pod = { ...POD, status: 'provisioning', endpoints: [] };
  const rows = rowsOf(stateOf({ phase: 'booting', pod }));
  expect(rows).toMatchObject({
    phase: '**booting**: a pod exists and is not healthy yet',
    price: '$2.69/h',
    'healthy by': '2026-01-01 00:15:00Z, or it ends',
    'ends at last': '2026-01-01 04:00:00Z',
    'last seen': 'provisioning, at the create; polls since then: *Pending Activities*',
  });
  expect(Object.keys(rows).filter((name) => name.startsWith('port'))).toEqual([]);
});

test('a healthy pod: where it is, whose it is, when it ends and how to end it', () => {
  const events = [{ sequence: 1, at: at(MINUTE), type: 'healthy' as const, message: 'pod p1 is healthy' }];
  expect(rowsOf(stateOf({ phase: 'healthy', pod: POD, healthyAt: START + MINUTE, events }))).toEqual({
    phase: '**healthy**: the pod can be used',
    'port 8000': '[http://127.0.0.1:8000](<http://127.0.0.1:8000>)',
    pod: 'pk-prodaaaa-render-bbbbbb-1 (id p1)'.replaceAll('(', String.raw`\(`).replaceAll(')', String.raw`\)`),
    price: '$2.69/h',
    owner: 'ada',
    account: 'mock',
    'ends if idle': '2026-01-01 00:31:00Z, unless it is touched',
    'ends at last': '2026-01-01 04:00:00Z',
    'to end it':
      '*Request Cancellation*, or `podkeeper terminate render`. Never *Terminate*: that runs no code, and the pod costs money until the reaper finds it',
    'last seen': 'running, 2026-01-01 00:01:00Z; polls since then: *Pending Activities*',
    'last event': '2026-01-01 00:01:00Z pod p1 is healthy',
  });
});

test('a touch moves the idle end', () => {
  const state = stateOf({ phase: 'healthy', pod: POD, healthyAt: START + MINUTE, touchedAt: START + 10 * MINUTE });
  expect(rowsOf(state)['ends if idle']).toContain('00:40:00Z');
});

test('an ending claim names its reason and each debt, and no deadline', () => {
  const target = { kind: 'pod' as const, id: 'p1', name: POD.name };
  const debts = [
    {
      account: 'mock',
      target,
      reason: 'released' as const,
      since: START + HOUR,
      alarmsRaised: 2,
      accepted: [],
      absence: null,
    },
  ];
  const end = { reason: 'released' as const, message: 'ada is done', at: at(HOUR) };
  const rows = rowsOf(stateOf({ phase: 'ending', pod: POD, end, debts }));
  expect(rows).toMatchObject({
    'ended by': 'released, 2026-01-01 01:00:00Z: ada is done',
    'not proven gone': 'pk-prodaaaa-render-bbbbbb-1 p1 since 2026-01-01 01:00:00Z, 2 alarms',
  });
  expect(Object.keys(rows)).not.toContain('to end it');
  expect(Object.keys(rows)).not.toContain('ends at last');
});

test('many debts are counted', () => {
  const debts = Array.from({ length: 8 }, (_, index) => ({
    account: 'mock',
    target: { kind: 'pod' as const, id: `p${index}`, name: `pk-prodaaaa-render-bbbbbb-${index}` },
    reason: 'sibling' as const,
    since: START,
    alarmsRaised: 0,
    accepted: [],
    absence: null,
  }));
  const text = detailsOf(stateOf({ debts }), START);
  expect(text.match(/not\u00A0proven\u00A0gone/g)).toHaveLength(6);
  expect(text).toContain('and 3 more');
});

test('a claim that is over: the evidence, and what it cost', () => {
  const attempt = { name: POD.name, podId: 'p1', hourlyPrice: 3, startedAt: at(0), absentSince: at(HOUR / 2) };
  const end = { reason: 'idle' as const, message: 'idle for 30m', at: at(HOUR / 2) };
  // Only what the cost is made of.
  const attempts = [attempt as unknown as AttemptRecord];
  expect(rowsOf(stateOf({ phase: 'terminated', end, attempts, evidence: 'seen no more' }))).toMatchObject({
    phase: '**terminated**: ended, nothing is left',
    evidence: 'seen no more',
    cost: '$1.5',
  });
});

test('text from outside opens no row, link, image or tag', () => {
  const owner = 'a | b\n| phase | ![x](http://evil/) <img src=x> **bold** `code`';
  const endpoint = { port: 8000, protocol: 'http' as const, host: 'h', externalPort: 1 };
  const pod = {
    ...POD,
    endpoints: [
      { ...endpoint, url: 'http://h/)>|](x' },
      { ...endpoint, url: 'javascript:x' },
    ],
  };
  const text = detailsOf(stateOf({ pod, phase: 'healthy' }, { owner }), START);
  const rows = text.split('\n').filter((line) => line.includes('owner'));
  expect(rows).toEqual([
    String.raw`| owner | a \| b \| phase \| \!\[x\]\(http://evil/\) \<img src=x\> \*\*bold\*\* \`code\` |`,
  ]);
  expect(text).toContain(String.raw`[http://h/\)\>\|\]\(x](<http://h/%29%3E%7C%5D(x>)`);
  expect(text).not.toContain('](<javascript');
});
