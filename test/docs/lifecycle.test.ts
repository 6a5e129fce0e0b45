import { bound, DEFAULT_SETTINGS, EVENT_LOG_LIMIT, formatDuration, PHASES } from '../../src/model';
import { createLocalProvider } from '../../src/providers';
import { codeBlocks, read, section, tableRows } from './markdown';

const text = read('docs/lifecycle.md');

test('the diagram and the table show every phase, and no other', () => {
  const [diagram = ''] = codeBlocks(text, 'mermaid');
  const shown = [...diagram.matchAll(/^ *(\S+) --> ([\w[*\]]+)/gm)].flatMap(([, from, to]) => [from, to]);

  expect(new Set(shown)).toEqual(new Set(['[*]', ...PHASES]));
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

  expect(read('README.md')).toContain(`by ${formatDuration(bound(DEFAULT_SETTINGS))} at most`);
  expect(text).toContain(`**${formatDuration(bound(DEFAULT_SETTINGS))}**`);
  expect(text).toContain(`**${formatDuration(bound({ ...DEFAULT_SETTINGS, listLagMs: listLagMs ?? NaN }))}**`);
});

test('the terms of the bound add up to it', () => {
  const rows = tableRows(section(text, 'How long a pod can outlive its claim'));
  const settings = new Map<string, unknown>(Object.entries(DEFAULT_SETTINGS));
  const values = rows.map(([, , setting = '']) => {
    const [, name = ''] = /^`?(\w+)/.exec(setting) ?? [];
    const value = settings.get(`${name}Ms`);
    return typeof value === 'number' ? value : NaN;
  });
  const [heardOut = NaN, lost = NaN, lag = NaN, ...oneEnd] = values;
  const sum = heardOut + lost + lag + 2 * oneEnd.reduce((total, value) => total + value, 0);

  expect(sum).toBe(bound(DEFAULT_SETTINGS));
});
