import type { PodSpec } from '../../model';
import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { readObject } from '../wire';
import type { RunpodApi } from './api';
import type { CpuChoice } from './request';

interface Flavour {
  id: string;
  leastCores: number;
  mostCores: number;
  gibPerCore: number;
  hourlyPricePerCore: number;
  isAvailable: boolean;
}

/** RunPod's floor for a CPU pod; counts go by powers of two. */
const LEAST_CORES = 2;

/**
 * The cheapest CPU that has the cores and the memory asked for, from the catalogue of this moment: RunPod changes its flavours, and a choice
 * that was written down would one day fit none.
 *
 * @throws PodkeeperError `unsupported`, refused, naming `cpu`, where RunPod has none so large.
 */
export async function chooseCpu(
  cpu: PodSpec['cpu'],
  regions: readonly string[],
  api: RunpodApi,
  context: Pick<CallContext, 'signal' | 'rateLimits'>,
): Promise<CpuChoice> {
  const query = { include: 'AVAILABILITY', product: 'POD' };
  const reply = await api.send(
    { method: 'GET', path: '/catalog/cpus', query, operation: 'read', expect: [200] },
    context,
  );
  const flavours = readObject(reply.json(), 'the list of CPUs')
    .objects('cpus')
    .map((row): Flavour => {
      const cores = row.object('vcpu');
      return {
        id: row.text('id'),
        leastCores: cores.number('min'),
        mostCores: cores.number('max'),
        gibPerCore: row.number('ramGbPerVcpu'),
        hourlyPricePerCore: row.object('price').number('securePerVcpu'),
        isAvailable: isAvailable(row, regions),
      };
    });
  const fitting = flavours.flatMap((flavour) => choiceOf(flavour, cpu)).sort(byAvailabilityAndPrice);
  const [best] = fitting;
  if (best !== undefined) return { id: best.flavour.id, vcpuCount: best.cores };
  const largest = Math.max(0, ...flavours.map(({ mostCores }) => mostCores));
  throw new PodkeeperError(
    'unsupported',
    `cpu: RunPod has no CPU with so much (at most ${largest} cores): ask for fewer cores or less memory`,
    { provider: 'runpod', refused: true },
  );
}

interface Candidate {
  flavour: Flavour;
  cores: number;
  hourlyPrice: number;
}

function choiceOf(flavour: Flavour, cpu: PodSpec['cpu']): Candidate[] {
  const forMemory = (cpu?.memoryGiB ?? 0) / flavour.gibPerCore;
  const wanted = Math.max(LEAST_CORES, flavour.leastCores, cpu?.cores ?? 0, forMemory);
  const cores = 2 ** Math.ceil(Math.log2(wanted));
  if (!Number.isFinite(cores) || cores > flavour.mostCores) return [];
  return [{ flavour, cores, hourlyPrice: cores * flavour.hourlyPricePerCore }];
}

function byAvailabilityAndPrice(left: Candidate, right: Candidate): number {
  return (
    Number(right.flavour.isAvailable) - Number(left.flavour.isAvailable) ||
    left.hourlyPrice - right.hourlyPrice ||
    left.flavour.id.localeCompare(right.flavour.id)
  );
}

function isAvailable(row: ReturnType<typeof readObject>, regions: readonly string[]): boolean {
  if (row.optionalText('availability') === 'NONE') return false;
  if (regions.length === 0) return true;
  return row
    .optionalObjects('dataCenters')
    .some(
      (center) =>
        regions.some((region) => region.toUpperCase() === center.text('id')) &&
        center.optionalText('availability') !== 'NONE',
    );
}
