import { parse } from 'yaml';
import { GPU_CATALOGUE } from '../../../src/model/gpus';
import type { GpuId } from '../../../src/model/gpus';
import { findGpuContradictions, gpusSchema } from '../../../src/schema/gpus';
import { codeBlocks, read, section, tableRows } from '../../docs/markdown';

const docs = read('docs/gpus.md');
const NONE = '–';

/** A table's rows without backquotes, which tableRows takes off a cell that is nothing but one. */
function rowsOf(heading: string): string[][] {
  return tableRows(section(docs, heading)).map((row) => row.map((cell) => cell.replaceAll('`', '')));
}

function textOf(id: GpuId | undefined): string {
  if (id === undefined) return NONE;
  if (typeof id === 'string') return id;
  const also = id.otherIds === undefined ? '' : `; also ${id.otherIds.join(', ')}`;
  if ('byCount' in id) {
    const machines = Object.entries(id.byCount).map(([count, type]) => `${count}: ${type}`);
    return machines.join(', ') + also;
  }
  const above = id.memoryAboveGiB === undefined ? '' : ` above ${id.memoryAboveGiB} GiB`;
  const below = id.memoryBelowGiB === undefined ? '' : ` below ${id.memoryBelowGiB} GiB`;
  return id.id + above + below + also;
}

test('the table of names is the catalogue', () => {
  const expected = GPU_CATALOGUE.models.map(({ name, displayName, memoryGiB, aliases, ids }) => [
    name,
    displayName,
    String(memoryGiB),
    aliases.length === 0 ? NONE : aliases.join(', '),
    textOf(ids['runpod']),
    textOf(ids['vast']),
    textOf(ids['lambda']),
  ]);

  expect(rowsOf('Names')).toEqual(expected);
});

test('the table has a column for each provider that rents GPUs', () => {
  const renting = GPU_CATALOGUE.providers.filter((provider) => GPU_CATALOGUE.supportedBy(provider).length > 0);

  expect(renting).toEqual(['runpod', 'vast', 'lambda']);
  expect(GPU_CATALOGUE.providers).toEqual([...renting, 'fly']);
});

test('the table of families is the catalogue', () => {
  const expected = GPU_CATALOGUE.families.map(({ name, displayName, members }) => [
    name,
    displayName,
    members.join(', '),
  ]);

  expect(rowsOf('Families')).toEqual(expected);
});

test('what differs from ExAtlas is what is done here', () => {
  for (const [name = '', provider = '', , here = ''] of rowsOf('Coming from ExAtlas')) {
    const count = here.endsWith(', for 8') ? 8 : 1;
    const answer = GPU_CATALOGUE.idAt(name, provider.toLowerCase(), count);
    expect(answer.found ? answer.id : null).toBe(here.replace(/(, for 8| (above|below) .*)$/, ''));
  }
});

test('the example of a section can be read', () => {
  const [written] = codeBlocks(docs, 'yaml').filter((block) => block.startsWith('gpus:'));
  const { gpus } = parse(written ?? '') as { gpus: unknown };

  expect(findGpuContradictions(gpusSchema.parse(gpus))).toEqual([]);
});

test('the example in code answers what it says', () => {
  const gpus = GPU_CATALOGUE.extend([{ name: 'h100_sxm', ids: { 'my-cloud': 'h100-80' } }]);

  expect(gpus.idAt('h100', 'my-cloud')).toMatchObject({ found: true, id: 'h100-80' });
  expect(gpus.modelOf('my-cloud', 'h100-80')?.name).toBe('h100_sxm');
});
