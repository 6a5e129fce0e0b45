import type { GpuType } from '../../../providers/contract';
import { demand, demandEqual, short } from '../demands';
import { faultsOfGpuType } from '../forms';
import { notPlainAt } from '../plainJson';
import type { Trial } from '../trial';
import { UNREADABLE, type WireOutcome } from '../wire/faults';
import { errorAnswer } from '../wire/errorAnswer';
import type { ChecksOf } from './checksOf';

export const CATALOGUE: ChecksOf<'catalogue'> = {
  'catalogue-rows': async (trial) => {
    const rows = await gpuTypes(trial);
    demand(Array.isArray(rows), `listGpuTypes is to answer a list, and answered ${short(rows)}`);
    for (const row of rows) {
      demandEqual(faultsOfGpuType(row), [], `what in the GPU type ${short(row.id)} is not of the contract's form`);
    }
    demandEqual(notPlainAt(rows), null, 'where the GPU types are not plain JSON');
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
