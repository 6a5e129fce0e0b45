import { providerConformance } from '../../../src/testing/conformance';
import { TinyCloud, TINY_KEY, TINY_PAGE } from './tinyCloud';
import { TinyProvider } from './tinyProvider';

const cloud = new TinyCloud();
beforeAll(async () => cloud.listen());
afterAll(async () => cloud.close());

providerConformance({
  provider: ({ baseUrl }) => new TinyProvider({ baseUrl: baseUrl ?? '', apiKey: TINY_KEY }),
  reset: () => cloud.reset(),
  inspect: (id) => cloud.machines.get(id),
  http: { upstream: () => cloud.url, pageSize: TINY_PAGE },
  secrets: [TINY_KEY],
});
