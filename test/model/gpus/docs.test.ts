import { parse } from 'yaml';
import { GPU_CATALOGUE } from '../../../src/model/gpus';
import { findGpuContradictions, gpusSchema } from '../../../src/schema/gpus';
import { codeBlocks, read, section, tableRows } from '../../docs/markdown';

const docs = read('docs/gpus.md');

test('the table names each provider that has GPU ids', () => {
  const renting = GPU_CATALOGUE.providers.filter((provider) => GPU_CATALOGUE.supportedBy(provider).length > 0);

  expect(renting).toEqual(['runpod', 'vast', 'lambda']);
  expect(GPU_CATALOGUE.providers).toEqual([...renting, 'fly']);
});

test('the ids that differ from ExAtlas are those of the catalogue', () => {
  const rows = tableRows(section(docs, 'Coming from ExAtlas'));
  expect(rows).toHaveLength(6);
  for (const [name = '', provider = '', , here = ''] of rows) {
    const count = here.endsWith('for 8') ? 8 : 1;
    const answer = GPU_CATALOGUE.idAt(name, provider.toLowerCase(), count);
    expect(answer.found ? answer.id : null).toBe(here.replaceAll('`', '').replace(/ (for 8|(above|below) .*)$/, ''));
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
