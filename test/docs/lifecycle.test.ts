import { EVENT_LOG_LIMIT, PHASES, VERDICTS } from '../../src/model';
import { read, section, tableRows } from './markdown';

const text = read('docs/lifecycle.md');

test('the table shows every phase, and no other', () => {
  expect(firstCells('Phases')).toEqual([...PHASES]);
});

test('the reasons and the events are those of the model', () => {
  const model = read('src/model/claim.ts');
  const [, list = ''] = section(text, 'The report').split('The events are:');
  // What stands in parentheses explains an event.
  const events = [...list.replaceAll(/\([^)]*\)/g, '').matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name);

  expect(firstCells('Why a claim ends')).toEqual(namesOf(model, 'EndReason'));
  expect(events.toSorted()).toEqual(namesOf(model, 'ClaimEventType').toSorted());
  expect(text).toContain(`the last ${EVENT_LOG_LIMIT} events`);
});

function firstCells(heading: string): string[] {
  return tableRows(section(text, heading)).map(([first = '']) => first);
}

/** The members of a union of texts; types leave nothing behind that could be asked at run time. */
function namesOf(source: string, type: string): string[] {
  const [, members = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(source) ?? [];
  return [...members.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
}

test('the verdicts are those of the reaper', () => {
  expect(firstCells('The reaper').map((verdict) => verdict.replaceAll('`', ''))).toEqual([...VERDICTS]);
});
