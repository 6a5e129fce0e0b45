import { SEARCH_ATTRIBUTES, initialSearchAttributes, searchAttributesOf } from '../../src/model';
import type { SearchAttributeValue } from '../../src/model';

function valuesOf(attributes: SearchAttributeValue[]): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key.name, value]));
}

test('names that nobody else has, and one type each', () => {
  const all = Object.values(SEARCH_ATTRIBUTES);
  for (const { name } of all) expect(name).toMatch(/^Podkeeper[A-Z][A-Za-z]+$/);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

test('a start has all of them, so that it proves each', () => {
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  expect(Object.keys(valuesOf(initialSearchAttributes({}))).toSorted()).toEqual(names.toSorted());
});

test('what a spec says is there from the start; what nobody knows yet is none', () => {
  expect(valuesOf(initialSearchAttributes({ provider: 'runpod', gpu: 'h100', owner: 'ada' }))).toEqual({
    PodkeeperPhase: 'pending',
    PodkeeperProvider: 'runpod',
    PodkeeperGpu: 'h100',
    PodkeeperOwner: 'ada',
    PodkeeperPod: 'none',
    PodkeeperHourlyPrice: 0,
    PodkeeperAlarm: 'none',
  });
});

test('only what is said, and a GPU by its provider’s own id', () => {
  expect(valuesOf(searchAttributesOf({ phase: 'healthy', gpu: { id: 'NVIDIA H100 NVL' } }))).toEqual({
    PodkeeperPhase: 'healthy',
    PodkeeperGpu: 'NVIDIA H100 NVL',
  });
  expect(valuesOf(searchAttributesOf({ hourlyPrice: 2.69 }))).toEqual({ PodkeeperHourlyPrice: 2.69 });
});

test('no keyword is longer than a store takes', () => {
  expect(valuesOf(searchAttributesOf({ owner: 'x'.repeat(300) })).PodkeeperOwner).toHaveLength(255);
});
