import type { PodSpec } from '../../model';
import { PodkeeperError } from '../../model';
import type { CallContext } from '../contract';
import { readObject } from '../wire';
import type { RunpodApi } from './api';
import type { CpuChoice } from './request';

interface Flavour {
  id: string;
  minCores: number;
  maxCores: number;
  gibPerCore: number;
  hourlyPricePerCore: number;
  isAvailable: boolean;
}

/** RunPod's minimum for a CPU pod. Core counts are powers of two. */
const MIN_CORES = 2;

/**
 * Chooses the cheapest CPU flavour with the requested cores and memory, from the current catalogue, since RunPod changes its flavours.
 *
 * @throws PodkeeperError `unsupported`, refused, naming `cpu`, if RunPod has none that is large enough.
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
        minCores: cores.number('min'),
        maxCores: cores.number('max'),
        gibPerCore: row.number('ramGbPerVcpu'),
        hourlyPricePerCore: row.object('price').number('securePerVcpu'),
        isAvailable: isAvailable(row, regions),
      };
    });
  const fitting = flavours.flatMap((flavour) => choiceOf(flavour, cpu)).sort(byAvailabilityAndPrice);
  const [best] = fitting;
  if (best !== undefined) return { id: best.flavour.id, vcpuCount: best.cores };
  const largest = Math.max(0, ...flavours.map(({ maxCores }) => maxCores));
  throw new PodkeeperError(
    'unsupported',
    `cpu: RunPod has no CPU flavour this large (at most ${largest} cores): ask for fewer cores or less memory`,
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
  const wanted = Math.max(MIN_CORES, flavour.minCores, cpu?.cores ?? 0, forMemory);
  const cores = 2 ** Math.ceil(Math.log2(wanted));
  if (!Number.isFinite(cores) || cores > flavour.maxCores) return [];
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
