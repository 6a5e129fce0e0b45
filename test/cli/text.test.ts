import { PassThrough } from 'node:stream';
import { describeClaim, reportLine } from '../../src/cli/claimText';
import { listTable } from '../../src/cli/commands/list';
import type { ListedClaim } from '../../src/cli/commands/list';
import { timelineLine } from '../../src/cli/demo/timeline';
import { Output, printable } from '../../src/cli/output';
import {
  counted,
  fields,
  formatCost,
  formatDistance,
  formatHourlyPrice,
  formatMoment,
  nearestDeadline,
  table,
} from '../../src/cli/text';
import { STOPPED_FROM_OUTSIDE } from '../../src/client/workflowStatus';
import type { ClaimInfo, ClaimReport } from '../../src/model';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const at = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();

test('a table pads all columns but the last', () => {
  expect(
    table([
      ['ID', 'PHASE'],
      ['a', 'healthy'],
      ['longer', 'x'],
    ]),
  ).toBe('ID      PHASE\na       healthy\nlonger  x\n');
});

test('fields leave out what is null, and indent further lines', () => {
  expect(
    fields([
      ['pod', 'a'],
      ['owner', null],
      ['attempts', 'one\ntwo'],
    ]),
  ).toBe('pod       a\nattempts  one\n          two\n');
});

test.each([
  [0, '$0/h'],
  [1.8, '$1.8/h'],
  [2.49, '$2.49/h'],
  [0.000_04, '$0/h'],
  [null, '-'],
])('a price of %p reads as %s', (price, text) => {
  expect(formatHourlyPrice(price)).toBe(text);
});

test.each([
  [0, true, '$0'],
  [0.000_01, true, '$0.0001'],
  [12.345_678, true, '$12.3457'],
  [0.5, true, '$0.5'],
  [1, false, '$1, and more that is not known'],
])('a cost of %p (complete: %p) reads as %s', (total, complete, text) => {
  expect(formatCost({ total, hourlyPrice: null, complete })).toBe(text);
});

test('moments are formatted as a time, and as a distance from now', () => {
  expect(formatMoment(at(0))).toBe('2026-11-23 12:00:00Z');
  expect(formatDistance(at(90_000), NOW)).toBe('in 1m30s');
  expect(formatDistance(at(-3_600_000), NOW)).toBe('1h ago');
  expect(formatDistance(at(400), NOW)).toBe('now');
});

test('the nearest deadline is the earliest one', () => {
  expect(nearestDeadline({ startup: null, idle: at(60_000), lifetime: at(3_600_000) })?.name).toBe('idle');
  expect(nearestDeadline({ startup: null, idle: at(7_200_000), lifetime: at(3_600_000) })?.name).toBe('lifetime');
  expect(nearestDeadline({ startup: null, idle: null, lifetime: null })).toBeNull();
});

test('a count has the singular or the plural', () => {
  expect([counted(0, 'pod'), counted(1, 'pod'), counted(2, 'pod')]).toEqual(['0 pods', '1 pod', '2 pods']);
});

test('a further line of a demo step is indented', () => {
  expect(timelineLine(3_249, 'healthy', 'at\nthere')).toBe(`   3.2s  healthy         at\n${' '.repeat(25)}there`);
});

test('control characters are removed from foreign text', () => {
  expect(printable('a\u001B[2Jb\rc\u009Bd\te\n')).toBe('abcd\te\n');
  expect(printable('\u001B[1;31mred\u001B[0m \u001B]0;title\u0007')).toBe('red ]0;title');
});

test('a status is overwritten on a terminal, and left out of a log', () => {
  const written = { terminal: '', log: '' };
  const stdout = { write: () => undefined };
  const terminal = new Output(
    { stdout, stderr: { isTTY: true, columns: 20, write: (text) => (written.terminal += text) } },
    false,
  );
  const log = new Output({ stdout, stderr: { write: (text) => (written.log += text) } }, false);
  for (const output of [terminal, log]) {
    output.status('waiting for a pod to become healthy');
    output.say('done');
  }

  expect(written.terminal).toBe('\r\u001B[Kwaiting for a pod t\r\u001B[Kdone\n');
  expect(written.log).toBe('done\n');
});

test('parts of a line are joined; in a file, the text after a carriage return has a line of its own', () => {
  const written = { terminal: '', log: '', json: '' };
  const stderr = { write: () => undefined };
  const of = (name: keyof typeof written, isTTY: boolean, isJson = false) =>
    new Output({ stdout: { isTTY, write: (text) => (written[name] += text) }, stderr }, isJson);
  for (const output of [of('terminal', true), of('log', false), of('json', false, true)]) {
    output.part(1, 'load', false);
    output.part(2, 'ing\u001B[1m', true);
    output.part(3, '\rstep 1\rstep 2', false);
    output.part(4, '\rstep 3\r', false);
    output.say('to people');
    output.part(5, 'done', true);
  }
  expect(written.log).toBe('loading\nstep 2\nstep 3\ndone\n');
  expect(written.terminal).toBe('loading\nstep 2\r\u001B[Kstep 3\ndone\n');
  expect(written.json).toBe('1\n2\n3\n4\n5\n');
});

test('a failed write to stdout means that the reader has gone', () => {
  const stdout = new PassThrough();
  const output = new Output({ stdout, stderr: { write: () => undefined } }, false);
  stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
  expect(output.readerGone.aborted).toBe(false);
  stdout.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }));
  expect(output.readerGone.aborted).toBe(true);
});

const LISTED: ListedClaim = {
  whyUnknown: null,
  id: 'render-42',
  workflowId: 'prod/render-42',
  phase: 'healthy',
  status: 'RUNNING',
  account: 'here',
  owner: null,
  claimedAt: at(-90_000),
  endedAt: null,
  deadline: { name: 'idle', at: at(600_000) },
  hourlyPrice: 2.49,
  cost: null,
  endpoint: 'http://127.0.0.1:8000',
};

test('list prints a table', () => {
  const unanswered = {
    ...LISTED,
    id: 'b',
    phase: null,
    account: null,
    deadline: null,
    hourlyPrice: null,
    endpoint: null,
  };
  const stopped = { ...unanswered, id: 'c', status: 'TERMINATED', endedAt: at(-30_000) };

  expect(listTable([LISTED, unanswered, stopped], NOW)).toBe(
    [
      'ID         PHASE    ACCOUNT  AGE    DEADLINE       $/H    ENDPOINT',
      'render-42  healthy  here     1m30s  in 10m (idle)  $2.49  http://127.0.0.1:8000',
      'b          ?        -        1m30s  -              -      -',
      'c          stopped  -        1m     -              -      -',
      '',
    ].join('\n'),
  );
});

const CLAIM: ClaimInfo = {
  id: 'render-42',
  deployment: 'prod',
  phase: 'ending',
  provider: 'local',
  account: 'here',
  owner: 'ada',
  spec: null,
  specDigest: null,
  pod: null,
  claimedAt: at(-60_000),
  healthyAt: null,
  touchedAt: null,
  end: { reason: 'released', message: 'released by ada', at: at(-1_000) },
  endAcceptedAt: null,
  deadlines: { startup: null, idle: null, lifetime: at(3_600_000) },
  cost: { total: 0.25, hourlyPrice: null, complete: true },
  attempts: [],
  debts: [{ account: 'main', name: 'pk-prodabcd-render-42-abcdef-*', podIds: ['p1'], since: at(-1_000), alarms: 2 }],
  events: [],
};

test('get shows the open debts of an ending claim, and why the last try failed', () => {
  const text = describeClaim(
    {
      id: 'render-42',
      workflowId: 'prod/render-42',
      life: 'l',
      runId: 'r',
      isOpen: true,
      claim: CLAIM,
      report: null,
      lastObservation: null,
      lastError: { call: 'endPods', attempt: 7, message: 'the provider answered 500' },
    },
    NOW,
  );

  expect(text).toContain('phase         ending: released by ada\n');
  expect(text).toContain(
    'open debts    pk-prodabcd-render-42-abcdef-* (p1), since 2026-11-23 11:59:59Z (1s ago), alarm raised 2×\n',
  );
  expect(text).toContain('last error    endPods, try 7: the provider answered 500\n');
  expect(text).not.toContain('endpoints');
});

test('get says first that the workflow was stopped, and shows no deadline', () => {
  const claim: ClaimInfo = {
    ...CLAIM,
    phase: 'healthy',
    end: null,
    debts: [],
    deadlines: { ...CLAIM.deadlines, idle: at(1_000) },
  };
  const info = {
    id: 'a',
    workflowId: 'prod/a',
    life: 'l',
    runId: 'r',
    report: null,
    lastObservation: null,
    lastError: null,
  };
  const text = describeClaim({ ...info, isOpen: false, claim }, NOW);

  expect(text).toContain(`${STOPPED_FROM_OUTSIDE}. Last known phase: healthy`);
  expect(text).not.toMatch(/idle end|lifetime end/);
});

test('get says that no worker answers for a claim', () => {
  const info = {
    id: 'a',
    workflowId: 'prod/a',
    life: 'l',
    runId: 'r',
    isOpen: true,
    claim: null,
    report: null,
    lastObservation: null,
    lastError: null,
  };

  expect(describeClaim(info, NOW)).toContain('unknown: no worker answers');
  expect(describeClaim({ ...info, isOpen: false }, NOW)).toContain(STOPPED_FROM_OUTSIDE);
});

const REPORT: ClaimReport = {
  id: 'render-42',
  deployment: 'prod',
  phase: 'written_off',
  end: { reason: 'released', message: 'released by ada', at: at(-1_000) },
  evidence: 'none: written off by bob: the host is gone',
  provider: 'local',
  account: 'here',
  owner: null,
  claimedAt: at(-60_000),
  healthyAt: null,
  endedAt: at(0),
  durationMs: 60_000,
  cost: { total: 0.0425, hourlyPrice: null, complete: true },
  attempts: [],
  writeOff: { by: 'bob', reason: 'the host is gone', at: at(0), debts: [] },
};

test('a report shows the end, its evidence and its cost', () => {
  const info = {
    id: 'render-42',
    workflowId: 'x',
    life: 'l',
    runId: 'r',
    isOpen: false,
    claim: null,
    report: REPORT,
    lastObservation: null,
    lastError: null,
  };

  expect(reportLine(REPORT)).toBe('render-42 written_off: released by ada (after 1m, $0.0425)');
  expect(describeClaim(info, NOW)).toContain('evidence     none: written off by bob: the host is gone\n');
  expect(describeClaim(info, NOW)).toContain('written off  by bob: the host is gone\n');
});
