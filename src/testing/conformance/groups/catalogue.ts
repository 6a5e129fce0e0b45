import type { GpuType } from '../../../providers/contract';
import { demand, demandEqual, short } from '../assertions';
import { faultsOfGpuType, notPlainAt } from '../forms';
import type { Trial } from '../trial';
import { errorAnswer, type WireOutcome, UNREADABLE } from '../wire/faults';
import type { ChecksOf } from './checksOf';

export const CATALOGUE: ChecksOf<'catalogue'> = {
  'catalogue-rows': async (trial) => {
    const rows = await gpuTypes(trial);
    demand(Array.isArray(rows), `listGpuTypes must return a list, but returned ${short(rows)}`);
    for (const row of rows) {
      demandEqual(faultsOfGpuType(row), [], `the fields of GPU type ${short(row.id)} that violate the contract`);
    }
    demandEqual(notPlainAt(rows), null, 'the path at which the GPU types are not plain JSON');
    demandEqual(new Set(rows.map(({ id }) => id)).size, rows.length, 'the number of different ids');
  },

  'catalogue-fails': async (trial) => {
    const failures: { name: string; outcome: WireOutcome }[] = [
      { name: '401', outcome: errorAnswer(trial, 401) },
      { name: '500', outcome: errorAnswer(trial, 500) },
      ...UNREADABLE,
    ];
    for (const { name, outcome } of failures) {
      void trial.http.inject({ executed: false, outcome });
      await trial.rejection(`a catalogue answered by ${name}`, gpuTypes(trial));
    }
  },
};

async function gpuTypes(trial: Trial): Promise<GpuType[]> {
  return await trial.call('listGpuTypes', async (context) => (await trial.provider.listGpuTypes?.(context)) ?? []);
}
