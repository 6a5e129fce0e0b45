import { GPU_CATALOGUE } from '../../../src/model/gpus';
import type { GpuId } from '../../../src/model/gpus';
import { code, table } from './table';

/** The columns' providers, as they write themselves. */
const PROVIDERS: Readonly<Record<string, string>> = { runpod: 'RunPod', vast: 'Vast', lambda: 'Lambda' };

/** All GPU names with their memory and the providers that have an id for them. */
export function namesTable(): string {
  const rows = GPU_CATALOGUE.models.map(({ name, memoryGiB, aliases, ids }) => [
    [name, ...aliases].map(code).join(', '),
    String(memoryGiB),
    Object.entries(PROVIDERS)
      .flatMap(([provider, title]) => (ids[provider] === undefined ? [] : [`${title}${countsOf(ids[provider])}`]))
      .join(', '),
  ]);
  return table(['names', 'GiB', 'rented by'], rows);
}

/** ` × 1, 2, 4` for a provider with an id for each count. */
function countsOf(id: GpuId): string {
  if (typeof id === 'string' || !('byCount' in id)) return '';
  return ` ×${Object.keys(id.byCount).join('/')}`;
}

/** The families and the names that they stand for. */
export function familiesTable(): string {
  const rows = GPU_CATALOGUE.families.map(({ name, members }) => [code(name), members.map(code).join(', ')]);
  return table(['family', 'the first of these that the provider rents'], rows);
}
