import type { LogLine, LogOptions } from '../../../providers/contract';
import { setImmediate as turn } from 'node:timers/promises';
import { demandEqual, kindOf } from '../assertions';
import { faultsOfLogLine, notPlainAt } from '../forms';
import type { Trial } from '../trial';
import type { ChecksOf } from './checksOf';

export const LOGS: ChecksOf<'logs'> = {
  'logs-lines': async (trial) => {
    const { id } = await trial.spawn();
    const lines = await read(trial, id, { follow: false, tail: 10 });
    for (const line of lines) demandEqual(faultsOfLogLine(line), [], 'the fields of a line that violate the contract');
    demandEqual(notPlainAt(lines), null, 'the path at which the lines are not plain JSON');
  },

  'logs-follow': async (trial) => {
    const { id } = await trial.spawn();
    const abort = new AbortController();
    const reading = trial.failure(read(trial, id, { follow: true }, abort));
    await turn();
    abort.abort();
    // It may end or reject, but must not continue.
    await reading;
  },

  'logs-unknown': async (trial) => {
    const what = `logs of the unknown pod ${trial.unknownId}`;
    const error = await trial.rejection(what, read(trial, trial.unknownId, { follow: false }));
    demandEqual(kindOf(error), 'not_found', `the kind of ${what}`);
  },
};

async function read(trial: Trial, id: string, options: LogOptions, abort?: AbortController): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  await trial.call(
    'logs',
    async (context) => {
      for await (const line of trial.provider.logs?.(id, options, context) ?? []) lines.push(line);
    },
    abort,
  );
  return lines;
}
