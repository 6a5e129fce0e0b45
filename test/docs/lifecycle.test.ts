import {
  DEFAULT_SETTINGS,
  endBound,
  EVENT_LOG_LIMIT,
  formatDuration,
  PHASES,
  reaperBound,
  VERDICTS,
} from '../../src/model';
import { createLocalProvider } from '../../src/providers';
import { read, section, tableRows } from './markdown';

const text = read('docs/lifecycle.md');

test('the table shows every phase, and no other', () => {
  expect(firstCells('Phases')).toEqual([...PHASES]);
});

test('the reasons and the events are those of the model', () => {
  const model = read('src/model/claim.ts');
  const events = firstCells('The report').flatMap((names) => names.replaceAll('`', '').split(', '));

  expect(firstCells('Why a claim ends')).toEqual(namesOf(model, 'EndReason'));
  expect(events.toSorted()).toEqual(namesOf(model, 'ClaimEventType').toSorted());
  expect(text).toContain(`The last ${EVENT_LOG_LIMIT} events`);
});

function firstCells(heading: string): string[] {
  return tableRows(section(text, heading)).map(([first = '']) => first);
}

/** The members of a union of texts; types leave nothing behind that could be asked at run time. */
function namesOf(source: string, type: string): string[] {
  const [, members = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(source) ?? [];
  return [...members.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
}

test('the bound is what the function computes', () => {
  const { listLagMs } = createLocalProvider();

  const [byClaim, byReaper] = [endBound(DEFAULT_SETTINGS), reaperBound(DEFAULT_SETTINGS)].map(formatDuration);

  expect(read('README.md')).toContain(`by ${byClaim} at most, and by ${byReaper} when`);
  expect(text).toContain(`**${byClaim}**`);
  expect(text).toContain(`**${formatDuration(endBound({ ...DEFAULT_SETTINGS, listLagMs: listLagMs ?? NaN }))}**`);
  expect(text).toContain(`**${byReaper}**`);
});

test('the terms of the bounds add up to them', () => {
  const settings = new Map<string, unknown>(Object.entries(DEFAULT_SETTINGS));
  const values = tableRows(section(text, 'How long a pod can outlive its claim')).flatMap(([, , setting = '']) => {
    const [, times = '1', name = ''] = /^(?:(\d) × )?`?(\w+)/.exec(setting) ?? [];
    const value = settings.get(`${name}Ms`);
    return typeof value === 'number' ? [Number(times) * value] : [];
  });
  const sumOf = (terms: number[]) => terms.reduce((total, value) => total + value, 0);
  const oneEnd = values.slice(3, 6);

  expect(values).toHaveLength(18);
  expect(sumOf([...values.slice(0, 3), ...oneEnd, ...oneEnd])).toBe(endBound(DEFAULT_SETTINGS));
  expect(sumOf(values.slice(6))).toBe(reaperBound(DEFAULT_SETTINGS));
});

test('the verdicts are those of the reaper', () => {
  expect(firstCells('The reaper').map((verdict) => verdict.replaceAll('`', ''))).toEqual([...VERDICTS]);
});
