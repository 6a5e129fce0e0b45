import { parsePodSpec } from '../../src/schema';
import { refusalOf } from './refusal';

function probing(path: string): unknown {
  return { ports: ['80/http'], health: { http: { port: 80, path } } };
}

const THIRTEEN = Array.from({ length: 13 }, (_, index) => ({ id: `gpu-${index}` }));

/** Each with the path in its refusal. The messages are in the table, by `what`. */
const REFUSED: [what: string, input: unknown, path: string][] = [
  ['nothing', undefined, ''],
  ['null', null, ''],
  ['a list', [], ''],
  ['a text', 'h100', ''],

  ['a name', { name: 'mine' }, 'name'],
  ['an underscore', { gpu: 'h100', gpu_count: 2 }, 'gpu_count'],
  ['cloud_type', { cloud_type: 'any' }, 'cloud_type'],
  ['idle_ttl_ms', { idle_ttl_ms: 5 }, 'idle_ttl_ms'],
  ['container_disk_gb', { container_disk_gb: 5 }, 'container_disk_gb'],
  ['volume_gb', { volume_gb: 5 }, 'volume_gb'],
  ['region_hints', { region_hints: [] }, 'region_hints'],
  ['network_volume_id', { network_volume_id: 'v' }, 'network_volume_id'],
  ['template_id', { template_id: 't' }, 'template_id'],
  ['provider_opts', { provider_opts: {} }, 'provider_opts'],
  ['a slip of the pen', { idleTimout: '5m' }, 'idleTimout'],
  ['the completed form', { maxLifetimeMs: 5 }, 'maxLifetimeMs'],
  ['a key', { apiKey: 'hush' }, 'apiKey'],
  ['an inner unknown', { cpu: { cores: 1, ram: 3 } }, 'cpu.ram'],

  ['an id with capitals', { id: 'Render' }, 'id'],
  ['an id of 37', { id: 'a'.repeat(37) }, 'id'],
  ['an empty owner', { owner: '' }, 'owner'],
  ['an owner of two lines', { owner: 'a\nb' }, 'owner'],
  ['a label that is a number', { labels: { a: 3 } }, 'labels.a'],
  ['a long label', { labels: { a: 'x'.repeat(64) } }, 'labels.a'],
  ['a label without a name', { labels: { '': 'x' } }, 'labels[""]'],
  ['33 labels', { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, ''])) }, 'labels'],
  ['a provider with capitals', { provider: 'RunPod' }, 'provider'],
  ['an account with a slash', { account: 'a/b' }, 'account'],

  ['a GPU in capitals', { gpu: 'H100' }, 'gpu'],
  ['a GPU with a space', { gpu: 'RTX 4090' }, 'gpu'],
  ['a GPU by number', { gpu: 4090 }, 'gpu'],
  ['an empty GPU', { gpu: null }, 'gpu'],
  ['a GPU with a wrong id', { gpu: { id: 7 } }, 'gpu.id'],
  ['an empty list of GPUs', { gpu: [] }, 'gpu'],
  ['a list with a wrong GPU', { gpu: ['h100', 'H200'] }, 'gpu[1]'],
  ['no GPUs', { gpu: 'h100', gpuCount: 0 }, 'gpuCount'],
  ['half a GPU', { gpu: 'h100', gpuCount: 0.5 }, 'gpuCount'],
  ['a count without a GPU', { gpuCount: 1 }, 'gpuCount'],
  ['an empty cpu', { cpu: {} }, 'cpu'],
  ['a cpu by number', { cpu: 4 }, 'cpu'],
  ['no memory', { cpu: { memoryGiB: 0 } }, 'cpu.memoryGiB'],

  ['an image with a space', { image: 'a b' }, 'image'],
  ['an image that is an option', { image: '--privileged' }, 'image'],
  ['a command in one text', { command: 'python serve.py' }, 'command'],
  ['a command of nothing', { command: [] }, 'command'],
  ['a command without a program', { command: [''] }, 'command'],
  ['a command with a number', { command: ['sleep', 5] }, 'command[1]'],
  ['a command with NUL', { command: ['a\0b'] }, 'command[0]'],

  ['env as a list', { env: ['A=1'] }, 'env'],
  ['a number in env', { env: { PORT: 8000 } }, 'env.PORT'],
  ['a boolean in env', { env: { DEBUG: true } }, 'env.DEBUG'],
  ['nothing in env', { env: { A: null } }, 'env.A'],
  ['a name with a hyphen', { env: { 'A-B': '' } }, 'env.A-B'],
  ["Podkeeper's own variable", { env: { PODKEEPER_POD: '' } }, 'env.PODKEEPER_POD'],
  ['a secret by number', { env: { A: { secret: 1 } } }, 'env.A.secret'],
  ['too much env', { env: { A: 'é'.repeat(32_768) } }, 'env'],

  ['ports in one text', { ports: '80/http' }, 'ports'],
  ['a port by number', { ports: [80] }, 'ports[0]'],
  ['a port without protocol', { ports: ['80'] }, 'ports[0]'],
  ['a port beyond', { ports: ['65536/tcp'] }, 'ports[0]'],
  ['a port of udp', { ports: [{ port: 53, protocol: 'udp' }] }, 'ports[0].protocol'],
  ['a port twice', { ports: ['80/http', { port: 80, protocol: 'http' }] }, 'ports[1]'],

  ['an unknown check', { health: 'http' }, 'health'],
  ['an empty check', { health: {} }, 'health'],
  ['two checks', { health: { http: { port: 1 }, tcp: { port: 1 } } }, 'health'],
  ['a check without a port', { health: { http: { path: '/' } } }, 'health.http.port'],
  ['a check of another port', { ports: ['80/http'], health: { http: { port: 81 } } }, 'health.http.port'],
  ['a tcp check through http', { ports: ['80/http'], health: { tcp: { port: 80 } } }, 'health.tcp.port'],
  ['a path without slash', probing('health'), 'health.http.path'],
  ['an address for a path', probing('http://169.254.169.254/'), 'health.http.path'],
  ['a host for a path', probing('//169.254.169.254/'), 'health.http.path'],
  ['a host behind a backslash', probing('/\\169.254.169.254/'), 'health.http.path'],
  ['a second header', probing('/ HTTP/1.1\r\nHost: x'), 'health.http.path'],
  ['a line end after the path', probing('/health\n'), 'health.http.path'],
  [
    'a status that ends nothing',
    { ports: ['80/http'], health: { http: { port: 80, status: 100 } } },
    'health.http.status',
  ],

  ['an unknown cloud type', { cloudType: 'all' }, 'cloudType'],
  ['spot in quotes', { spot: 'true' }, 'spot'],
  ['a region in one text', { regions: 'EU' }, 'regions'],
  ['half a GiB', { volumeGiB: 0.5 }, 'volumeGiB'],
  ['a disk in words', { diskGiB: '20' }, 'diskGiB'],
  ['a volume with a space', { networkVolume: 'a b' }, 'networkVolume'],
  ['an empty template', { template: '' }, 'template'],
  ['another auth', { auth: 'basic' }, 'auth'],
  ['auth as a switch', { auth: true }, 'auth'],
  ['a price of 0', { maxHourlyPrice: 0 }, 'maxHourlyPrice'],
  ['a price in quotes', { maxHourlyPrice: '2' }, 'maxHourlyPrice'],
  ['a price without limit', { maxHourlyPrice: Infinity }, 'maxHourlyPrice'],

  ['no startup timeout', { startupTimeout: 'off' }, 'startupTimeout'],
  ['a long startup timeout', { startupTimeout: '25h' }, 'startupTimeout'],
  ['a lifetime in seconds, read as ms', { maxLifetime: 3_600 }, 'maxLifetime'],
  ['an idle timeout in minutes, read as ms', { idleTimeout: 30 }, 'idleTimeout'],
  ['a startup timeout below a second', { startupTimeout: '999ms' }, 'startupTimeout'],
  ['an idle timeout of 0', { idleTimeout: 0 }, 'idleTimeout'],
  ['an idle timeout without unit', { idleTimeout: '30' }, 'idleTimeout'],
  ['an idle timeout of a list', { idleTimeout: [] }, 'idleTimeout'],
  ['no lifetime', { maxLifetime: 'off' }, 'maxLifetime'],
  ['an empty lifetime', { maxLifetime: null }, 'maxLifetime'],
  ['a lifetime of 31 days', { maxLifetime: '31d' }, 'maxLifetime'],
  ['a life shorter than its start', { startupTimeout: '10m', maxLifetime: '5m' }, 'maxLifetime'],

  ['an offer timeout below a second', { offerTimeout: '10ms' }, 'offerTimeout'],

  ['no candidate', { candidates: [] }, 'candidates'],
  ['a candidate that is not in a list', { candidates: { gpu: 'h100' } }, 'candidates'],
  ['a candidate by its name', { candidates: ['runpod'] }, 'candidates[0]'],
  ['65 candidates', { candidates: Array.from({ length: 65 }, () => ({})) }, 'candidates'],
  ['too many candidates by their lists', { gpu: THIRTEEN, candidates: [{}, {}, {}, {}, {}] }, 'candidates'],
  [
    'too large candidates',
    { candidates: ['a', 'b', 'c'].map((name) => ({ env: { [name]: 'x'.repeat(60_000) } })) },
    'candidates',
  ],
  ['an owner of a candidate', { candidates: [{}, { owner: 'ada' }] }, 'candidates[1].owner'],
  ['a lifetime of a candidate', { candidates: [{ maxLifetime: '1h' }] }, 'candidates[0].maxLifetime'],
  ['candidates of a candidate', { candidates: [{ candidates: [{}] }] }, 'candidates[0].candidates'],
  ['an unknown field of a candidate', { candidates: [{ dockerImage: 'a' }] }, 'candidates[0].dockerImage'],
  ['a wrong field of a candidate', { candidates: [{}, { spot: 'yes' }] }, 'candidates[1].spot'],
  ['a wrong GPU in a list of a candidate', { candidates: [{ gpu: ['h100', 'H 100'] }] }, 'candidates[0].gpu[1]'],
  ['a count without a GPU in a candidate', { candidates: [{ gpu: 'l4' }, { gpuCount: 2 }] }, 'candidates[1].gpuCount'],
  [
    'a check of a port that a candidate does not have',
    { ports: ['80/http'], health: { http: { port: 80 } }, candidates: [{ ports: ['81/http'] }] },
    'candidates[0].health.http.port',
  ],
  ['what the spec gets wrong for all candidates', { gpuCount: 2, candidates: [{}, {}] }, 'gpuCount'],

  ['options as a text', { providerOptions: 'x' }, 'providerOptions'],
  ['an image in the options', { providerOptions: { image: 'x' } }, 'providerOptions.image'],
  ['a count in the options', { providerOptions: { GPU_COUNT: 8 } }, 'providerOptions.GPU_COUNT'],
  ['a name in the options', { providerOptions: { name: 'x' } }, 'providerOptions.name'],
  ['a function in the options', { providerOptions: { a: () => 1 } }, 'providerOptions.a'],
  ['a date in the options', { providerOptions: { a: new Date(0) } }, 'providerOptions.a'],
  ['options without measure', { providerOptions: { a: 'x'.repeat(65_536) } }, 'providerOptions'],
];

const UNSUPPORTED: [what: string, input: unknown, ...paths: string[]][] = [['maxCost', { maxCost: 20 }, 'maxCost']];

test.each(REFUSED)('%s', (_what, input, path) => {
  const { kind, details, message } = refusalOf(() => parsePodSpec(input));

  expect({ kind, details }).toMatchObject({ kind: 'validation', details: [{ path }] });
  expect(message).toContain(path);
});

/** The only place with full sentences: read the difference, then `npx jest test/schema -u`. */
test('the table of messages', () => {
  const messages = [...REFUSED, ...UNSUPPORTED].map(([what, input]) => [
    what,
    refusalOf(() => parsePodSpec(input)).message,
  ]);

  expect(new Set(messages.map(([what]) => what)).size).toBe(messages.length);
  expect(Object.fromEntries(messages)).toMatchSnapshot();
});

describe('fields of a later release', () => {
  test.each(UNSUPPORTED)('%s is unsupported', (_what, input, ...paths) => {
    const { kind, details } = refusalOf(() => parsePodSpec(input));

    expect({ kind, details }).toMatchObject({ kind: 'unsupported', details: paths.map((path) => ({ path })) });
  });

  test('a wrong field beside one makes the spec invalid, and both are named', () => {
    const { kind, details } = refusalOf(() => parsePodSpec({ maxCost: 1, gpu: 'H100' }));

    expect({ kind, details }).toMatchObject({ kind: 'validation', details: [{ path: 'maxCost' }, { path: 'gpu' }] });
  });

  test('count as left out if undefined', () => {
    expect(() => parsePodSpec({ maxCost: undefined, auth: undefined })).not.toThrow();
  });
});

test('names all wrong fields at once, and problems of two fields together', () => {
  const refusal = refusalOf(() =>
    parsePodSpec({
      gpuCount: 2,
      spot: 'no',
      env: { 'B-': 'x', C: 3 },
      ports: ['80/http'],
      health: { http: { port: 90, paht: '/' } },
      startupTimeout: '2h',
      maxLifetime: '1h',
      colour: 'red',
    }),
  );

  expect(refusal.details).toEqual([
    { path: 'gpuCount', message: 'needs a gpu: name one, or remove gpuCount' },
    { path: 'maxLifetime', message: 'must be at least as long as startupTimeout' },
    { path: 'env.B-', message: expect.stringContaining('is not a name') },
    { path: 'env.C', message: expect.stringContaining('put it in quotes') },
    { path: 'health.http.paht', message: 'is not a field; the fields are port, path, status, timeout' },
    { path: 'spot', message: 'must be true or false, without quotes' },
    { path: 'colour', message: expect.stringContaining('is not a field; the fields are id, owner,') },
  ]);
});

test('lists some of many wrong fields, and counts the others', () => {
  const refusal = refusalOf(() =>
    parsePodSpec(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`unknown-${index}-${index}`, 1]))),
  );

  expect(refusal.details).toHaveLength(20);
  expect(refusal.message).toMatch(/\n {2}… and 10 more$/);
});

/** No message may contain it, or any part of the text beside it. */
const PASSWORD = 'hunter2';
const DIGITS = '0123456789abcdef'.repeat(4);

test.each([
  ['a page of Docker Hub', 'https://hub.docker.com/r/vllm/vllm-openai', "write 'vllm/vllm-openai'"],
  ['its tags', 'https://hub.docker.com/r/vllm/vllm-openai/tags?page=2', "write 'vllm/vllm-openai'"],
  ['an official image there', 'https://hub.docker.com/_/python', "write 'python'"],
  ['a registry with https://', 'https://ghcr.io/org/image:1', "write 'ghcr.io/org/image:1'"],
  ['a scheme of tools', 'docker://vllm/vllm-openai:v0.11.0', "write 'vllm/vllm-openai:v0.11.0'"],
  ['capitals', 'Org/Image:Tag', "write 'org/image:tag'"],
  ['two tags', 'org/image:1:2', 'two tags'],
  ['an empty tag', 'org/image:', 'an invalid tag'],
  ['a tag of 129', `org/image:${'x'.repeat(129)}`, 'an invalid tag'],
  ['a short digest', 'org/image@sha256:abc', 'an invalid digest'],
  ['a digest in capitals', `org/image@sha256:${DIGITS.toUpperCase()}`, 'an invalid digest'],
  ['a digest without its algorithm', 'org/image@latest', 'an invalid digest'],
  ['an id', DIGITS, "an image's name"],
  ['two slashes', 'org//image', "an image's name"],
  ['an option', '--privileged', "an image's name"],
  ['a space', 'a b', "an image's name"],
  ['nothing', '', "an image's name"],
])('an invalid image: %s', (_what, image, hint) => {
  const refusal = refusalOf(() => parsePodSpec({ image }));

  expect(refusal.kind).toBe('validation');
  expect(refusal.details).toEqual([{ path: 'image', message: expect.stringContaining(hint) as string }]);
});

test.each([
  `user:${PASSWORD}@registry.example.com/org/image:1`,
  `user:${PASSWORD}@registry.example.com`,
  `user:${PASSWORD}/${PASSWORD}@registry.example.com/image`,
  `user:${PASSWORD}@${PASSWORD}@registry.example.com/image`,
  `User:${PASSWORD}@registry:5000/Image`,
  `https://user:${PASSWORD}@registry.example.com/org/image`,
  `docker://user:${PASSWORD}@registry.example.com/org/image`,
  `${PASSWORD}@registry.example.com/org/image`,
  `user:${PASSWORD}@registry.example.com/org/image@sha256:${DIGITS}`,
])('an image with a login is refused, and not repeated', (image) => {
  const refusal = refusalOf(() => parsePodSpec({ image }));

  expect(refusal.message).toContain("remove everything before the '@'");
  expect(JSON.stringify([refusal.message, refusal.details])).not.toContain(PASSWORD);
  expect(refusal.message).not.toContain('example');
});

test.each([
  // RunPod
  ['volumeInGb', 'volumeGiB'],
  ['containerDiskInGb', 'diskGiB'],
  ['gpuTypeIds', 'write gpu'],
  ['gpuTypeId', 'gpu'],
  ['imageName', 'image'],
  ['dockerStartCmd', 'command'],
  ['dockerArgs', 'command'],
  ['dataCenterIds', 'regions'],
  ['interruptible', 'spot'],
  ['networkVolumeId', 'networkVolume'],
  ['containerRegistryAuthId', 'providerOptions'],
  // SkyPilot
  ['accelerators', 'gpuCount'],
  ['use_spot', 'spot'],
  ['disk_size', 'diskGiB'],
  ['envs', 'env'],
  ['run', 'command: [sh, -c'],
  ['idle_minutes_to_autostop', "idleTimeout: '10m'"],
  ['num_nodes', 'a claim is one pod'],
  // dstack
  ['commands', 'command: [sh, -c'],
  ['max_duration', 'maxLifetime'],
  ['idle_duration', 'idleTimeout'],
  ['max_price', 'maxHourlyPrice'],
  ['spot_policy', 'spot: true'],
  ['backends', 'provider'],
  ['registry_auth', 'at the provider'],
])('%s of another launcher leads to a field', (key, hint) => {
  expect(refusalOf(() => parsePodSpec({ [key]: 1 })).details).toEqual([
    { path: key, message: expect.stringContaining(hint) as string },
  ]);
});

test.each(['علی\u202eرضا', 'a\u2066b', 'a\u200eb', 'a\u00adb', 'a\u2028b'])(
  'a mark that changes how a text is read is refused: %j',
  (text) => {
    expect(refusalOf(() => parsePodSpec({ owner: text })).message).toContain('owner: must be');
    expect(refusalOf(() => parsePodSpec({ labels: { a: text } })).message).toContain('labels.a: must be');
  },
);
