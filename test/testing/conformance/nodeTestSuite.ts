import * as runner from 'node:test';
import type { Pod } from '../../../src/model';
import { providerConformance } from '../../../src/testing/conformance';
import { TINY_KEY, TINY_PAGE, TinyCloud } from './tinyCloud';
import { TinyProvider } from './tinyProvider';

/** Run by `node --test`: the tiny provider, or with `WRONG=1` one that never returns the GPU. */
class Blind extends TinyProvider {
  protected override pod(...given: Parameters<TinyProvider['pod']>): Pod {
    return { ...super.pod(...given), gpu: null };
  }
}

const cloud = new TinyCloud();
runner.before(async () => cloud.listen());
runner.after(async () => cloud.close());

providerConformance({
  provider: ({ baseUrl }) =>
    new (process.env['WRONG'] === '1' ? Blind : TinyProvider)({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }),
  reset: () => cloud.reset(),
  inspect: (id) => cloud.machines.get(id),
  http: { upstream: () => cloud.url, pageSize: TINY_PAGE },
  secrets: [TINY_KEY],
  concurrency: 4,
  runner,
});
