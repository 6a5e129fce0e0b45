import { createHash, randomBytes } from 'node:crypto';
import type { Pod, PortProtocol } from '../../../model';
import { demand, demandEqual, short } from '../assertions';
import { faultsOfPod, notPlainAt } from '../forms';
import { hasEndedSomewhere } from './ends';
import type { Trial } from '../trial';
import { renameStatus } from '../wire/edits';
import type { ChecksOf } from './checksOf';

const DEFAULT_CONCURRENCY = 20;
const NEW_POD = ['provisioning', 'running', 'unknown'];
const STATUS_FIELD = /(^|_|[a-z](?=S))stat(us|e)$/i;
const UNKNOWN_WORD = 'PODKEEPER_UNHEARD_OF';

export const PODS: ChecksOf<'pods'> = {
  'pods-spawn': async (trial) => {
    const request = trial.request();
    const pod = await trial.spawn(request);
    demand(typeof pod.id === 'string' && pod.id !== '', `the id of a new pod must be a text, but is ${short(pod.id)}`);
    demandEqual(pod.name, request.name, 'the name of a new pod');
    demandEqual(pod.provider, trial.provider.name, 'the provider of a new pod');
    const is = `the status of a new pod must be one of ${NEW_POD.join(', ')}, but is ${short(pod.status)}`;
    demand(NEW_POD.includes(pod.status), is);
  },

  'pods-spawn-waits-for-nothing': async (trial) => {
    const wire = trial.http;
    let created = false;
    void wire.inject({
      on: (request) => {
        if (created) return true;
        created = wire.isCreate(request);
        return false;
      },
      executed: true,
      outcome: { kind: 'hang' },
    });
    const error = await trial.failure(trial.spawn());
    demandEqual(error, undefined, 'the error of spawn if all calls after the create hang');
  },

  'pods-shape': async (trial) => {
    for (const [from, pod] of await thePod(trial)) {
      demandEqual(faultsOfPod(pod), [], `the fields of a pod from ${from} that violate the contract`);
    }
  },

  'pods-plain': async (trial) => {
    for (const [from, pod] of await thePod(trial)) {
      demandEqual(notPlainAt(pod), null, `the path at which a pod from ${from} is not plain JSON`);
    }
  },

  'pods-get': async (trial) => {
    const { id, name } = await trial.spawn();
    const pod = await trial.get(id);
    demandEqual(pod.id, id, 'the id of the pod from get');
    demandEqual(pod.name, name, 'the name of the pod from get');
    demandEqual(pod.provider, trial.provider.name, 'the provider of the pod from get');
  },

  'pods-no-memory': async (trial) => {
    const { id, name } = await trial.spawn();
    const other = trial.another();
    demandEqual((await trial.get(id, other)).name, name, 'the name of the pod from another instance');
    const what = `another instance must list ${name}`;
    const check = async (): Promise<Pod | undefined> =>
      (await trial.list({ name }, other)).find((pod) => pod.id === id);
    await trial.until(what, check, trial.listLagMs);
    await trial.terminate(id, other);
    await trial.until(`pod ${id}, terminated by another instance, must end`, async () => hasEndedSomewhere(trial, id));
  },

  'pods-gpu': async (trial) => {
    const { gpu } = trial.request();
    const request = trial.request(gpu === null ? { gpu: 'h100' } : {});
    const pod = await trial.get((await trial.spawn(request)).id);
    demand(typeof pod.gpu === 'string' && pod.gpu !== '', `gpu must be the provider's id, but is ${short(pod.gpu)}`);
    demandEqual(pod.gpuCount, request.gpuCount, 'the number of GPUs');
  },

  'pods-cpu': async (trial) => {
    const pod = await trial.get((await trial.spawn(trial.request({ gpu: null }))).id);
    demandEqual(pod.gpu, null, 'gpu of a pod without a GPU');
  },

  'pods-env': async (trial) => {
    await demandArrives(trial, VARIABLES);
  },

  'pods-token': async (trial) => {
    const token = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(token).digest('hex');
    await demandArrives(trial, [
      ['PODKEEPER_TOKEN', token],
      ['PODKEEPER_TOKEN_SHA256', hash],
    ]);
  },

  'pods-http-port': async (trial) => demandEndpoint(trial, 8_000, 'http'),
  'pods-tcp-port': async (trial) => demandEndpoint(trial, 22, 'tcp'),

  'pods-stop': async (trial) => {
    const { id } = await trial.spawn();
    await trial.reaches(id, ['running']);
    await trial.call('stop', async (context) => trial.provider.stop?.(id, context));
    await trial.reaches(id, ['stopped']);
    await trial.call('start', async (context) => trial.provider.start?.(id, context));
    const pod = await trial.reaches(id, ['running']);
    demandEqual(pod.id, id, 'the id of the pod that was stopped and started');
  },

  'pods-concurrent': async (trial) => {
    const { concurrency = DEFAULT_CONCURRENCY } = trial.options;
    const requests = Array.from({ length: concurrency }, () => trial.request());
    const pods = await Promise.all(requests.map(async (request) => trial.spawn(request)));
    demandEqual(new Set(pods.map((pod) => pod.id)).size, concurrency, 'the number of different ids');
    const asked = requests.map(({ name }) => name);
    demandEqual(
      pods.map((pod) => pod.name),
      asked,
      'the names of the pods, in the order of the calls',
    );
    const found = await Promise.all(pods.map(async ({ id }) => trial.get(id)));
    demandEqual(
      found.map((pod) => pod.name),
      asked,
      'the names of the pods, read by their ids',
    );
  },

  'pods-unknown-status': async (trial) => {
    const { id, name } = await trial.spawn();
    await trial.listed([name]);
    await makeStatusUnknown(trial, id);
    demandEqual((await trial.get(id)).status, 'unknown', 'the status from get');
    const listed = (await trial.list()).find((pod) => pod.id === id);
    demandEqual(listed?.status, 'unknown', 'the status from list');
  },
};

/** Values that quoting, a shell, a template or form encoding would change. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ['PLAIN', 'value'],
  ['UNICODE', 'Größe ☃ 🚀 e\u0301'],
  ['QUOTES', `"double" 'single' \`back\``],
  ['LINES', 'one\ntwo\r\nthree\tfour\n'],
  ['EQUALS', '=a=b=='],
  ['DOLLAR', '$HOME ${HOME} $(id) %PATH% {{x}}'],
  ['BACKSLASH', 'C:\\new\\table \\\\ \\u0041'],
  ['JSON', '{"a":[1,null,"b"]}'],
  ['MARKUP', '<a href="x">&amp;</a>'],
  ['SPACED', '  both ends  '],
  ['NUMBER', '007'],
  ['EMPTY', ''],
  ['lower_case', 'kept'],
  ['LONG', 'x'.repeat(4_096)],
  ['__proto__', 'odd'],
  ['constructor', 'odder'],
];

async function demandArrives(trial: Trial, variables: readonly (readonly [string, string])[]): Promise<void> {
  const entries = [...Object.entries(trial.options.request?.env ?? {}), ...variables];
  const { id } = await trial.spawn(trial.request({ env: Object.fromEntries(entries) }));
  const { env } = await trial.inspected(id);
  for (const [name, value] of variables) {
    const found: unknown = Object.getOwnPropertyDescriptor(env, name)?.value;
    demandEqual(found, value, `the variable ${name} in the pod`);
  }
}

async function demandEndpoint(trial: Trial, port: number, protocol: PortProtocol): Promise<void> {
  const { id } = await trial.spawn(trial.request({ ports: [{ port, protocol }] }));
  const endpoint = await trial.until(`pod ${id} must get an endpoint for ${port}/${protocol}`, async () =>
    (await trial.get(id)).endpoints.find((at) => at.port === port && at.protocol === protocol),
  );
  const { host, externalPort, url } = endpoint;
  const what = `of the endpoint for ${port}/${protocol}`;
  demand(typeof url === 'string' && URL.canParse(url), `the URL ${what} must be valid, but is ${short(url)}`);
  const parsed = new URL(url);
  const schemes = protocol === 'http' ? ['http:', 'https:'] : ['tcp:'];
  demand(schemes.includes(parsed.protocol), `the URL ${what} must begin with ${schemes.join(' or ')}, but is ${url}`);
  demandEqual(parsed.hostname.replace(/^\[|\]$/g, ''), host.toLowerCase(), `the host in the URL ${what}`);
  const standard = parsed.protocol === 'https:' ? 443 : 80;
  demandEqual(parsed.port === '' ? standard : Number(parsed.port), externalPort, `the port in the URL ${what}`);
}

/** The same pod from three calls. */
async function thePod(trial: Trial): Promise<[from: string, pod: Pod][]> {
  const spawned = await trial.spawn();
  const got = await trial.get(spawned.id);
  const listed = (await trial.listed([spawned.name])).filter((pod) => pod.id === spawned.id);
  return [['spawn', spawned], ['get', got], ...listed.map((pod): [string, Pod] => ['list', pod])];
}

async function makeStatusUnknown(trial: Trial, id: string): Promise<void> {
  if (trial.wire === null) {
    await trial.arrange('unknownStatus', id);
    return;
  }
  let changed = false;
  const field = trial.options.http?.statusField ?? STATUS_FIELD;
  const edit = renameStatus(id, field, UNKNOWN_WORD, () => {
    changed = true;
  });
  void trial.wire.inject({ executed: true, outcome: { kind: 'edit', edit } });
  await trial.get(id);
  demand(changed, `no field of the pod's JSON matches ${field}: set http.statusField`);
}
