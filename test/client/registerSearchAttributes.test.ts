import { registerSearchAttributes } from '../../src/client';
import { SEARCH_ATTRIBUTES } from '../../src/model';

type Connection = Parameters<typeof registerSearchAttributes>[0];

const NUMBERS = { KEYWORD: 2, DOUBLE: 4 };
const ALL = Object.values(SEARCH_ATTRIBUTES);
const REGISTERED = Object.fromEntries(ALL.map(({ name, type }) => [name, NUMBERS[type]]));

/** A server that knows some attributes, and takes others or refuses them. */
function server(customAttributes: Record<string, number> | null, refusal?: { code: number; message: string }) {
  const added: Record<string, number>[] = [];
  const operatorService = {
    listSearchAttributes: () =>
      customAttributes === null
        ? Promise.reject(Object.assign(new Error('no list'), { code: 12 }))
        : Promise.resolve({ customAttributes }),
    addSearchAttributes: ({ searchAttributes }: { searchAttributes: Record<string, number> }) => {
      added.push(searchAttributes);
      if (refusal === undefined) return Promise.resolve({});
      const { code, message } = refusal;
      return Promise.reject(Object.assign(new Error(message), { code }));
    },
  };
  const withDeadline = <T>(_deadline: number | Date, run: () => Promise<T>) => run();
  // Only what is called.
  const connection = { operatorService, withDeadline } as unknown as Connection;
  return { connection, added };
}

test('missing attributes are added with their types, in one call', async () => {
  const { connection, added } = server({ PodkeeperPhase: 2, PodkeeperHourlyPrice: 4, OfAnother: 1 });
  const result = await registerSearchAttributes(connection, 'default');

  expect(result.present).toEqual(['PodkeeperPhase', 'PodkeeperHourlyPrice']);
  expect(result.added).toEqual(ALL.map(({ name }) => name).filter((name) => !result.present.includes(name)));
  expect(added).toEqual([Object.fromEntries(result.added.map((name) => [name, REGISTERED[name]]))]);
});

test('nothing is sent when all attributes exist', async () => {
  const { connection, added } = server(REGISTERED);
  expect((await registerSearchAttributes(connection, 'default')).added).toEqual([]);
  expect(added).toEqual([]);
});

test('all attributes are added when the server can’t list them', async () => {
  const { connection, added } = server(null);
  expect((await registerSearchAttributes(connection, 'default')).present).toEqual([]);
  expect(added).toEqual([REGISTERED]);
});

test('a name of another type is a conflict, and nothing is added', async () => {
  const { connection, added } = server({ PodkeeperHourlyPrice: 2 });
  await expect(registerSearchAttributes(connection, 'prod')).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringMatching(/namespace prod has .* PodkeeperHourlyPrice of another type than Double/) as string,
  });
  expect(added).toEqual([]);
});

test.each([
  [7, '7 PERMISSION_DENIED: no', 'forbidden'],
  [12, '12 UNIMPLEMENTED: no', 'forbidden'],
  [16, '16 UNAUTHENTICATED: no', 'forbidden'],
])('a refusal to add them (%i) names the commands that add them', async (code, message, kind) => {
  const { connection } = server({}, { code, message });
  const failure: unknown = await registerSearchAttributes(connection, 'team.a1b2c').catch((error: unknown) => error);

  expect(failure).toMatchObject({ kind });
  const { message: told } = failure as Error;
  expect(told).toContain(message);
  const cloud = ALL.map(({ name, type }) => `--search-attribute "${name}=${type === 'DOUBLE' ? 'Double' : 'Keyword'}"`);
  expect(told).toContain(`tcld namespace search-attributes add --namespace team.a1b2c ${cloud.join(' ')}`);
  expect(told).toContain('temporal operator search-attribute create --namespace team.a1b2c --name PodkeeperPhase');
});

test.each([
  [3, 'quota', /10 attributes of type Keyword; ours are 6/],
  [5, 'not_found', /namespace default/],
  [14, 'transport', /namespace default/],
])('the gRPC code %i becomes %s', async (code, kind, message) => {
  const { connection } = server({}, { code, message: 'no' });
  await expect(registerSearchAttributes(connection, 'default')).rejects.toMatchObject({
    kind,
    message: expect.stringMatching(message) as string,
  });
});
