import { parsePodSpec } from '../../src/schema';
import { refusalOf } from './refusal';

const DURATION = "a duration such as '90s', '30m' or '1h30m'";
const GPU = "must be a GPU's name such as 'h100' or 'rtx_4090', or { id } with the provider's own name";
const CPU = 'must be { cores } or { memoryGiB }, or both, for instance { cores: 4, memoryGiB: 16 }';
const COMMAND = "must be a list of texts, for instance ['python', 'serve.py']";
const PORT = "must be '8000/http', '22/tcp' or { port: 8000, protocol: 'http' }";
const HEALTH = "'status', { http: { port, path } } or { tcp: { port } }";
const PATH = "must be a path on the pod that begins with one '/', without spaces, '\\' and '#', for instance '/health'";
const SECRET = "{ secret: NAME } with a secret's name in the worker's environment, for instance { secret: 'HF_TOKEN' }";
const LABEL = "1 to 63 of A-Z, a-z, 0-9, '.', '_', '/' and '-', beginning and ending with a letter or digit";
const PRICE = 'must be a price in USD per hour, more than 0, at most 100000, for instance 2.5';
const SLUG = 'must be 1 to 36 of a-z and 0-9, with single hyphens between them, for instance';
const NO_KEYS =
  "is not a field: no key belongs in a spec; the provider's is in the worker's environment, and the pod's own are given as env: { NAME: { secret: NAME } }";
const OBJECT = "an object with the pod's fields, for instance { gpu: 'h100', image: 'org/image' }";

function probing(path: string): unknown {
  return { ports: ['80/http'], health: { http: { port: 80, path } } };
}

const REFUSED: [what: string, input: unknown, message: string][] = [
  ['nothing', undefined, `Invalid spec: must be ${OBJECT}`],
  ['null', null, `Invalid spec: must be ${OBJECT}`],
  ['a list', [], `Invalid spec: must be ${OBJECT}`],
  ['a text', 'h100', `Invalid spec: must be ${OBJECT}`],

  ['a name', { name: 'mine' }, 'Invalid spec: name: is not a field: Podkeeper names the pod; use id'],
  ['an underscore', { gpu: 'h100', gpu_count: 2 }, 'Invalid spec: gpu_count: is not a field; did you mean gpuCount?'],
  ['cloud_type', { cloud_type: 'any' }, 'Invalid spec: cloud_type: is not a field; did you mean cloudType?'],
  ['idle_ttl_ms', { idle_ttl_ms: 5 }, 'Invalid spec: idle_ttl_ms: is not a field; did you mean idleTimeout?'],
  [
    'container_disk_gb',
    { container_disk_gb: 5 },
    'Invalid spec: container_disk_gb: is not a field; did you mean diskGiB?',
  ],
  ['volume_gb', { volume_gb: 5 }, 'Invalid spec: volume_gb: is not a field; did you mean volumeGiB?'],
  ['region_hints', { region_hints: [] }, 'Invalid spec: region_hints: is not a field; did you mean regions?'],
  [
    'network_volume_id',
    { network_volume_id: 'v' },
    'Invalid spec: network_volume_id: is not a field; did you mean networkVolume?',
  ],
  ['template_id', { template_id: 't' }, 'Invalid spec: template_id: is not a field; did you mean template?'],
  [
    'provider_opts',
    { provider_opts: {} },
    'Invalid spec: provider_opts: is not a field; did you mean providerOptions?',
  ],
  ['a slip of the pen', { idleTimout: '5m' }, 'Invalid spec: idleTimout: is not a field; did you mean idleTimeout?'],
  [
    'the completed form',
    { maxLifetimeMs: 5 },
    'Invalid spec: maxLifetimeMs: is not a field; did you mean maxLifetime?',
  ],
  ['a key', { apiKey: 'hush' }, `Invalid spec: apiKey: ${NO_KEYS}`],
  [
    'an inner unknown',
    { cpu: { cores: 1, ram: 3 } },
    'Invalid spec: cpu.ram: is not a field; the fields are cores, memoryGiB',
  ],

  ['an id with capitals', { id: 'Render' }, `Invalid spec: id: ${SLUG} 'render-42'`],
  ['an id of 37', { id: 'a'.repeat(37) }, `Invalid spec: id: ${SLUG} 'render-42'`],
  ['an empty owner', { owner: '' }, 'Invalid spec: owner: must be a text of 1 to 64 printable characters'],
  ['an owner of two lines', { owner: 'a\nb' }, 'Invalid spec: owner: must be a text of 1 to 64 printable characters'],
  [
    'a label that is a number',
    { labels: { a: 3 } },
    'Invalid spec: labels.a: must be a text, and is a number: put it in quotes',
  ],
  [
    'a long label',
    { labels: { a: 'x'.repeat(64) } },
    'Invalid spec: labels.a: must be a text of at most 63 printable characters',
  ],
  ['a label without a name', { labels: { '': 'x' } }, `Invalid spec: labels[""]: is not a label's name: use ${LABEL}`],
  [
    '33 labels',
    { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, ''])) },
    'Invalid spec: labels: has too many entries: at most 32',
  ],
  ['a provider with capitals', { provider: 'RunPod' }, `Invalid spec: provider: ${SLUG} 'runpod'`],
  ['an account with a slash', { account: 'a/b' }, `Invalid spec: account: ${SLUG} 'runpod-main'`],

  ['a GPU in capitals', { gpu: 'H100' }, `Invalid spec: gpu: ${GPU}: write 'h100'`],
  ['a GPU with a space', { gpu: 'RTX 4090' }, `Invalid spec: gpu: ${GPU}: write 'rtx_4090'`],
  ['a GPU by number', { gpu: 4090 }, `Invalid spec: gpu: ${GPU}`],
  ['an empty GPU', { gpu: null }, 'Invalid spec: gpu: is empty: leave it out, or give ' + GPU.slice('must be '.length)],
  [
    'a GPU with a wrong id',
    { gpu: { id: 7 } },
    'Invalid spec: gpu.id: must be a text of 1 to 128 printable characters',
  ],
  ['no GPUs', { gpu: 'h100', gpuCount: 0 }, 'Invalid spec: gpuCount: must be a whole number from 1 to 64'],
  ['half a GPU', { gpu: 'h100', gpuCount: 0.5 }, 'Invalid spec: gpuCount: must be a whole number from 1 to 64'],
  ['a count without a GPU', { gpuCount: 1 }, 'Invalid spec: gpuCount: needs a gpu: name one, or remove gpuCount'],
  ['an empty cpu', { cpu: {} }, `Invalid spec: cpu: ${CPU}`],
  ['a cpu by number', { cpu: 4 }, `Invalid spec: cpu: ${CPU}`],
  [
    'no memory',
    { cpu: { memoryGiB: 0 } },
    'Invalid spec: cpu.memoryGiB: must be an amount of memory in GiB, more than 0, for instance 16',
  ],

  [
    'an image with a space',
    { image: 'a b' },
    "Invalid spec: image: must be an image's name such as 'org/image:tag', without spaces",
  ],
  [
    'an image that is an option',
    { image: '--privileged' },
    "Invalid spec: image: must be an image's name such as 'org/image:tag', without spaces",
  ],
  ['a command in one text', { command: 'python serve.py' }, `Invalid spec: command: ${COMMAND}`],
  ['a command of nothing', { command: [] }, `Invalid spec: command: ${COMMAND}`],
  ['a command without a program', { command: [''] }, 'Invalid spec: command: must begin with the program to start'],
  ['a command with a number', { command: ['sleep', 5] }, 'Invalid spec: command[1]: must be a text'],
  ['a command with NUL', { command: ['a\0b'] }, 'Invalid spec: command[0]: must be a text without NUL characters'],

  [
    'env as a list',
    { env: ['A=1'] },
    "Invalid spec: env: must be a map of names to texts, for instance { MODEL: 'small' }",
  ],
  [
    'a number in env',
    { env: { PORT: 8000 } },
    'Invalid spec: env.PORT: must be a text, and is a number: put it in quotes',
  ],
  [
    'a boolean in env',
    { env: { DEBUG: true } },
    'Invalid spec: env.DEBUG: must be a text, and is true or false: put it in quotes',
  ],
  ['nothing in env', { env: { A: null } }, `Invalid spec: env.A: is empty: leave it out, or give a text or ${SECRET}`],
  [
    'a name with a hyphen',
    { env: { 'A-B': '' } },
    'Invalid spec: env.A-B: is not a name for an environment variable: use A-Z, a-z, 0-9 and _, not beginning with a digit',
  ],
  [
    "Podkeeper's own variable",
    { env: { PODKEEPER_POD: '' } },
    "Invalid spec: env.PODKEEPER_POD: is Podkeeper's own: choose a name without PODKEEPER_",
  ],
  [
    'a secret by number',
    { env: { A: { secret: 1 } } },
    `Invalid spec: env.A.secret: must be a secret's name, as in ${SECRET}`,
  ],
  [
    'too much env',
    { env: { A: 'é'.repeat(32_768) } },
    'Invalid spec: env: is too large: at most 64 KiB of names and values in all',
  ],

  ['ports in one text', { ports: '80/http' }, "Invalid spec: ports: must be a list such as ['8000/http', '22/tcp']"],
  ['a port by number', { ports: [80] }, `Invalid spec: ports[0]: ${PORT}`],
  ['a port without protocol', { ports: ['80'] }, `Invalid spec: ports[0]: ${PORT}`],
  ['a port beyond', { ports: ['65536/tcp'] }, `Invalid spec: ports[0]: ${PORT}`],
  [
    'a port of udp',
    { ports: [{ port: 53, protocol: 'udp' }] },
    "Invalid spec: ports[0].protocol: must be 'http' or 'tcp'",
  ],
  [
    'a port twice',
    { ports: ['80/http', { port: 80, protocol: 'http' }] },
    "Invalid spec: ports[1]: is there twice: remove one '80/http'",
  ],

  ['an unknown check', { health: 'http' }, `Invalid spec: health: must be ${HEALTH}`],
  ['an empty check', { health: {} }, `Invalid spec: health: must be one of ${HEALTH}`],
  ['two checks', { health: { http: { port: 1 }, tcp: { port: 1 } } }, `Invalid spec: health: must be one of ${HEALTH}`],
  [
    'a check without a port',
    { health: { http: { path: '/' } } },
    'Invalid spec: health.http.port: must be a whole number from 1 to 65535',
  ],
  [
    'a check of another port',
    { ports: ['80/http'], health: { http: { port: 81 } } },
    "Invalid spec: health.http.port: must be one of ports: add '81/http' to them",
  ],
  [
    'a tcp check through http',
    { ports: ['80/http'], health: { tcp: { port: 80 } } },
    "Invalid spec: health.tcp.port: must be a tcp port: write '80/tcp' in ports, or check it by http",
  ],
  ['a path without slash', probing('health'), `Invalid spec: health.http.path: ${PATH}`],
  ['an address for a path', probing('http://169.254.169.254/'), `Invalid spec: health.http.path: ${PATH}`],
  ['a host for a path', probing('//169.254.169.254/'), `Invalid spec: health.http.path: ${PATH}`],
  ['a host behind a backslash', probing('/\\169.254.169.254/'), `Invalid spec: health.http.path: ${PATH}`],
  ['a second header', probing('/ HTTP/1.1\r\nHost: x'), `Invalid spec: health.http.path: ${PATH}`],
  ['a line end after the path', probing('/health\n'), `Invalid spec: health.http.path: ${PATH}`],
  [
    'a status that ends nothing',
    { ports: ['80/http'], health: { http: { port: 80, status: 100 } } },
    'Invalid spec: health.http.status: must be a whole number from 200 to 599',
  ],

  ['an unknown cloud type', { cloudType: 'all' }, "Invalid spec: cloudType: must be 'secure', 'community' or 'any'"],
  ['spot in quotes', { spot: 'true' }, 'Invalid spec: spot: must be true or false, without quotes'],
  [
    'a region in one text',
    { regions: 'EU' },
    "Invalid spec: regions: must be a list of the provider's regions, for instance ['EU-RO-1']",
  ],
  ['half a GiB', { volumeGiB: 0.5 }, 'Invalid spec: volumeGiB: must be a whole number from 1 to 1000000 (GiB)'],
  ['a disk in words', { diskGiB: '20' }, 'Invalid spec: diskGiB: must be a whole number from 1 to 1000000 (GiB)'],
  ['a volume with a space', { networkVolume: 'a b' }, "Invalid spec: networkVolume: must be a network volume's id"],
  ['an empty template', { template: '' }, "Invalid spec: template: must be a template's id"],
  ['another auth', { auth: 'basic' }, "Invalid spec: auth: must be 'none', 'bearer' or 'signed_url'"],
  ['auth as a switch', { auth: true }, "Invalid spec: auth: must be 'none', 'bearer' or 'signed_url'"],
  ['a price of 0', { maxHourlyPrice: 0 }, `Invalid spec: maxHourlyPrice: ${PRICE}`],
  ['a price in quotes', { maxHourlyPrice: '2' }, `Invalid spec: maxHourlyPrice: ${PRICE}`],
  ['a price without limit', { maxHourlyPrice: Infinity }, 'Invalid spec: maxHourlyPrice: must be a finite number'],

  ['no startup timeout', { startupTimeout: 'off' }, `Invalid spec: startupTimeout: must be ${DURATION}, at most 1d`],
  [
    'a long startup timeout',
    { startupTimeout: '25h' },
    `Invalid spec: startupTimeout: must be ${DURATION}, at most 1d`,
  ],
  [
    'a lifetime in seconds, read as ms',
    { maxLifetime: 3_600 },
    'Invalid spec: maxLifetime: is only 3600ms, and must be at least 5s: the pod would end before it is healthy',
  ],
  [
    'an idle timeout in minutes, read as ms',
    { idleTimeout: 30 },
    'Invalid spec: idleTimeout: is only 30ms, and must be at least 1s: nobody could touch the pod in time',
  ],
  [
    'a startup timeout below a second',
    { startupTimeout: '999ms' },
    'Invalid spec: startupTimeout: is only 999ms, and must be at least 1s: no pod is healthy sooner',
  ],
  ['an idle timeout of 0', { idleTimeout: 0 }, `Invalid spec: idleTimeout: must be ${DURATION}, at most 30d, or 'off'`],
  [
    'an idle timeout without unit',
    { idleTimeout: '30' },
    'Invalid spec: idleTimeout: has no unit. 30 what? Write 30s, 30m or 30h',
  ],
  [
    'an idle timeout of a list',
    { idleTimeout: [] },
    `Invalid spec: idleTimeout: must be ${DURATION}, at most 30d, or 'off'`,
  ],
  [
    'no lifetime',
    { maxLifetime: 'off' },
    `Invalid spec: maxLifetime: must be ${DURATION}, at most 30d: every pod needs an end`,
  ],
  [
    'an empty lifetime',
    { maxLifetime: null },
    `Invalid spec: maxLifetime: is empty: leave it out, or give ${DURATION}, at most 30d: every pod needs an end`,
  ],
  [
    'a lifetime of 31 days',
    { maxLifetime: '31d' },
    `Invalid spec: maxLifetime: must be ${DURATION}, at most 30d: every pod needs an end`,
  ],
  [
    'a life shorter than its start',
    { startupTimeout: '10m', maxLifetime: '5m' },
    'Invalid spec: maxLifetime: must be at least as long as startupTimeout',
  ],

  [
    'options as a text',
    { providerOptions: 'x' },
    "Invalid spec: providerOptions: must be a map of the provider's own fields",
  ],
  [
    'an image in the options',
    { providerOptions: { image: 'x' } },
    "Invalid spec: providerOptions.image: is set by Podkeeper: use the spec's own image",
  ],
  [
    'a count in the options',
    { providerOptions: { GPU_COUNT: 8 } },
    "Invalid spec: providerOptions.GPU_COUNT: is set by Podkeeper: use the spec's own gpuCount",
  ],
  [
    'a name in the options',
    { providerOptions: { name: 'x' } },
    'Invalid spec: providerOptions.name: is set by Podkeeper: remove it',
  ],
  [
    'a function in the options',
    { providerOptions: { a: () => 1 } },
    'Invalid spec: providerOptions.a: must be plain data, not of type function',
  ],
  [
    'a date in the options',
    { providerOptions: { a: new Date(0) } },
    'Invalid spec: providerOptions.a: must be plain data, not an instance of a class',
  ],
  [
    'options without measure',
    { providerOptions: { a: 'x'.repeat(65_536) } },
    'Invalid spec: providerOptions: is too large: at most 64 KiB as JSON',
  ],
];

test.each(REFUSED)('%s', (_what, input, message) => {
  const refusal = refusalOf(() => parsePodSpec(input));

  expect(refusal.message).toBe(message);
  expect(refusal.kind).toBe('validation');
});

describe('fields of a later release', () => {
  const candidates =
    'is not there yet: remove it, name one gpu and provider, and claim again with another when that one is refused';
  const maxCost = 'is not there yet: remove it and set maxHourlyPrice and maxLifetime, which together bound the cost';

  test.each([
    ['candidates', { candidates: [{ gpu: 'h100' }] }, `Unsupported spec: candidates: ${candidates}`],
    ['maxCost', { maxCost: 20 }, `Unsupported spec: maxCost: ${maxCost}`],
    [
      'two of them',
      { candidates: [], maxCost: 1 },
      `Unsupported spec:\n  candidates: ${candidates}\n  maxCost: ${maxCost}`,
    ],
  ])('%s is unsupported', (_what, input, message) => {
    const refusal = refusalOf(() => parsePodSpec(input));

    expect(refusal.message).toBe(message);
    expect(refusal.kind).toBe('unsupported');
  });

  test('a wrong field beside one makes it invalid, and both are named', () => {
    const refusal = refusalOf(() => parsePodSpec({ maxCost: 1, gpu: 'H100' }));

    expect(refusal.kind).toBe('validation');
    expect(refusal.message).toBe(`Invalid spec:\n  maxCost: ${maxCost}\n  gpu: ${GPU}: write 'h100'`);
  });

  test('left undefined they are not there', () => {
    expect(() => parsePodSpec({ candidates: undefined, maxCost: undefined, auth: undefined })).not.toThrow();
  });
});

test('every wrong field is named in one go, also what is wrong only in two together', () => {
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
    { path: 'health.http.paht', message: 'is not a field; the fields are port, path, status' },
    { path: 'spot', message: 'must be true or false, without quotes' },
    { path: 'colour', message: expect.stringContaining('is not a field; the fields are id, owner,') },
  ]);
});

test('many wrong fields are counted, not all listed', () => {
  const refusal = refusalOf(() =>
    parsePodSpec(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`unknown-${index}-${index}`, 1]))),
  );

  expect(refusal.details).toHaveLength(20);
  expect(refusal.message).toMatch(/\n {2}… and 10 more$/);
});

/** The password of the tests; no message may hold it, nor any part of what stands beside it. */
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
  ['an empty tag', 'org/image:', 'a tag that is none'],
  ['a tag of 129', `org/image:${'x'.repeat(129)}`, 'a tag that is none'],
  ['a short digest', 'org/image@sha256:abc', 'a digest that is none'],
  ['a digest in capitals', `org/image@sha256:${DIGITS.toUpperCase()}`, 'a digest that is none'],
  ['a digest without its algorithm', 'org/image@latest', 'a digest that is none'],
  ['an id', DIGITS, "an image's name"],
  ['two slashes', 'org//image', "an image's name"],
  ['an option', '--privileged', "an image's name"],
  ['a space', 'a b', "an image's name"],
  ['nothing', '', "an image's name"],
])('an image that is none: %s', (_what, image, hint) => {
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

  expect(refusal.message).toContain("remove what stands before the '@'");
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
])('%s of another launcher leads to ours', (key, hint) => {
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
