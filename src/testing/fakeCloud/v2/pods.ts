import { SimulatedFailure } from '../../../simulator';
import type { SimulatedPod } from '../../../simulator';
import { capacityText } from '../capacity';
import { MAX_GPUS } from '../market';
import { json, noContent, problem } from '../reply';
import type { Reply } from '../reply';
import type { WireOperation } from '../wire/faults';
import type { Call, Route, World } from '../world';
import { readAction, readChanges, readConfiguration } from './configuration';
import type { PodConfiguration } from './configuration';
import { wirePage } from './pages';
import { hasReported, portsOf, wirePod } from './pod';

/** REST v2's routes for pods. */
export const POD_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/pods$/,
    operation: ({ query }) => (query.has('cursor') ? 'next_page' : 'list'),
    handle: list,
  },
  { method: 'POST', path: /^\/pods$/, operation: 'create', handle: create },
  { method: 'GET', path: /^\/pods\/(?<id>[^/]+)$/, operation: 'get', handle: get },
  { method: 'PATCH', path: /^\/pods\/(?<id>[^/]+)$/, operation: 'update', handle: update },
  { method: 'DELETE', path: /^\/pods\/(?<id>[^/]+)$/, operation: 'terminate', handle: terminate },
  { method: 'POST', path: /^\/pods\/(?<id>[^/]+)\/action$/, operation: ({ body }) => operationOf(body), handle: act },
];

async function list({ query, credential }: Call, world: World): Promise<Reply> {
  const pods = await world.cloud.list({ credential, signal: world.signal });
  return wirePage(
    pods.map((pod) => wirePod(pod, world)),
    query,
    world.settings.pageSize,
  );
}

async function create({ body, credential }: Call, world: World): Promise<Reply> {
  const configuration = readConfiguration(body);
  if ('status' in configuration) return configuration;
  return json(201, wirePod(await createPod(configuration, credential, world), world));
}

/** Creates the simulated pod. @throws SimulatedFailure */
export async function createPod(
  configuration: PodConfiguration,
  credential: string,
  world: World,
): Promise<SimulatedPod> {
  const { name, image, gpu, cpu, cloud = 'SECURE', dataCenterIds, env } = configuration;
  const cloudType = cloud === 'SECURE' ? 'secure' : 'community';
  const count = gpu?.count ?? 1;
  try {
    if (gpu !== undefined && count > MAX_GPUS[cloudType]) {
      throw new SimulatedFailure('no_capacity', `no machine has ${count} GPUs`);
    }
    return await world.cloud.create(
      {
        name,
        image: image ?? null,
        gpu: gpu?.id ?? cpu?.id ?? null,
        gpuCount: gpu === undefined ? (cpu?.vcpuCount ?? 1) : count,
        cloudType,
        regions: dataCenterIds ?? [],
        env: env ?? {},
        // Higher numbers request a symmetric port; no pod listens on them.
        ports: portsOf(configuration).filter(({ port }) => port <= 65_535),
        extra: { runpod: configuration },
      },
      { credential, signal: world.signal },
    );
  } catch (error) {
    throw withCapacityText(error, 'create', world);
  }
}

async function get({ parameters, credential }: Call, world: World): Promise<Reply> {
  const pod = await world.cloud.get(parameters['id'] ?? '', { credential, signal: world.signal });
  return json(200, wirePod(pod, world));
}

async function update({ parameters, body, credential }: Call, world: World): Promise<Reply> {
  const changes = readChanges(body);
  if ('status' in changes) return changes;
  const pod = await world.cloud.get(parameters['id'] ?? '', { credential, signal: world.signal });
  world.changes.set(pod.id, { ...world.changes.get(pod.id), ...changes });
  return json(200, wirePod(pod, world));
}

async function terminate({ parameters, credential }: Call, world: World): Promise<Reply> {
  return await terminatePod(parameters['id'] ?? '', credential, world);
}

async function terminatePod(id: string, credential: string, world: World): Promise<Reply> {
  await world.cloud.terminate(id, { credential, signal: world.signal });
  return noContent();
}

/** The action of a body; `null` for an unreadable one. */
function operationOf(body: string): WireOperation | null {
  const action = readAction(body);
  return typeof action === 'string' ? action : null;
}

/** Does one of the actions on a pod. */
async function act({ parameters, body, credential }: Call, world: World): Promise<Reply> {
  const action = readAction(body);
  if (typeof action !== 'string') return action;
  const id = parameters['id'] ?? '';
  const call = { credential, signal: world.signal };
  if (action === 'terminate') return await terminatePod(id, credential, world);
  if (action === 'start') return json(200, wirePod(await startPod(id, credential, world), world));
  if (world.changes.get(id)?.locked === true) return problem(409, 'the pod is locked');
  if (action === 'stop') {
    return json(200, wirePod(await world.cloud.stop(id, call), world));
  }
  return restart(await world.cloud.get(id, call), world);
}

/** @throws SimulatedFailure */
export async function startPod(id: string, credential: string, world: World): Promise<SimulatedPod> {
  try {
    return await world.cloud.start(id, { credential, signal: world.signal });
  } catch (error) {
    throw withCapacityText(error, 'start', world);
  }
}

/** Answers 200 without a visible effect, as RunPod does (runpod-python, issue 450). */
function restart(pod: SimulatedPod, world: World): Reply {
  if (pod.state !== 'running') return problem(409, 'only a running pod can be restarted');
  if (hasReported(pod, world)) world.logs.write(pod.id, 'restarting the container', 'system', world.clock.now());
  return json(200, wirePod(pod, world));
}

function withCapacityText(error: unknown, operation: 'create' | 'start', { cloud }: World): unknown {
  if (!(error instanceof SimulatedFailure)) return error;
  // RunPod answers the same for an unknown data centre (field report).
  const isNowhere = error.code === 'invalid' && error.message.startsWith('regions:');
  if (error.code !== 'no_capacity' && !isNowhere) return error;
  return new SimulatedFailure('no_capacity', capacityText(operation, cloud.calls().length), error);
}
