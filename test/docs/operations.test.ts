import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEFAULT_SETTINGS, SWEEP_ALARMS } from '../../src/model';
import { reaperScheduleId } from '../../src/reaper';
import { codeBlocks, read, ROOT, section, tableRows } from './markdown';

const text = read('docs/operations.md');

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(join('src', file)))
  .join('\n');

const alarms = tableRows(section(text, 'Runbook by alarm')).map(([alarm = '']) => alarm);

test.each(alarms.filter((alarm) => alarm.includes('…')))('the alarm is one that the code rings: %s', (alarm) => {
  const [, quoted = alarm] = /`([^`]+)`/.exec(alarm) ?? [];
  const pieces = quoted.split('…').filter((piece) => piece.trim().length > 3);
  expect(pieces.filter((piece) => !sources.includes(piece.trim()))).toEqual([]);
});

test('there is a row for each alarm of the reaper', () => {
  // Blind twice: for a list that fails, and for one that shows nothing of ours.
  expect(alarms.length).toBeGreaterThanOrEqual(SWEEP_ALARMS.length + 3);
});

test('the platform gives a worker longer than it needs to drain its creates', () => {
  const [manifest = ''] = codeBlocks(text, 'yaml');
  const { spec } = parse(manifest) as { spec: { template: { spec: { terminationGracePeriodSeconds: number } } } };
  const needed = (DEFAULT_SETTINGS.createTimeoutMs + DEFAULT_SETTINGS.heartbeatTimeoutMs) / 1_000;
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(needed);
});

test('the reaper’s schedule is named as the code names it', () => {
  expect(text).toContain(`\`${reaperScheduleId({ deployment: '<deployment>', account: '<account>' })}\``);
});
