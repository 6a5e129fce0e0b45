import type { SimulatedGpuType, SimulatedOffer } from '../../../simulator';
import { FAKE_CPUS, FAKE_DATA_CENTERS, FAKE_GPUS, MAX_GPUS } from '../market';
import type { FakeCpu, FakeDataCenter } from '../market';
import { json, problem } from '../reply';
import type { Reply } from '../reply';
import type { Call, Route, World } from '../world';

/** REST v2's catalogue, with the simulated market's current prices and stock. */
export const CATALOGUE_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/catalog\/gpus$/, operation: 'catalogue', handle: listGpus },
  { method: 'GET', path: /^\/catalog\/gpus\/(?<id>[^/]+)$/, operation: 'catalogue', handle: getGpu },
  { method: 'GET', path: /^\/catalog\/cpus$/, operation: 'catalogue', handle: listCpus },
  { method: 'GET', path: /^\/catalog\/cpus\/(?<id>[^/]+)$/, operation: 'catalogue', handle: getCpu },
  { method: 'GET', path: /^\/catalog\/datacenters$/, operation: 'catalogue', handle: listDataCenters },
];

async function listGpus(call: Call, world: World): Promise<Reply> {
  const asked = readQuery(call.query, ['POD', 'CLUSTER', 'SERVERLESS']);
  if ('status' in asked) return asked;
  const types = await marketOf(call, world);
  return json(200, { gpus: types.filter(({ id }) => !isCpu(id)).map((type) => wireGpu(type, asked)) });
}

async function getGpu(call: Call, world: World): Promise<Reply> {
  const asked = readQuery(call.query, ['POD', 'CLUSTER', 'SERVERLESS']);
  if ('status' in asked) return asked;
  const type = (await marketOf(call, world)).find(({ id }) => id === call.parameters['id'] && !isCpu(id));
  return type === undefined ? problem(404, 'there is no such GPU type') : json(200, wireGpu(type, asked));
}

async function listCpus(call: Call, world: World): Promise<Reply> {
  const asked = readQuery(call.query, ['POD', 'SERVERLESS']);
  if ('status' in asked) return asked;
  const types = await marketOf(call, world);
  return json(200, { cpus: FAKE_CPUS.map((cpu) => wireCpu(cpu, types, asked)) });
}

async function getCpu(call: Call, world: World): Promise<Reply> {
  const asked = readQuery(call.query, ['POD', 'SERVERLESS']);
  if ('status' in asked) return asked;
  const types = await marketOf(call, world);
  const cpu = FAKE_CPUS.find(({ id }) => id === call.parameters['id']);
  return cpu === undefined ? problem(404, 'there is no such CPU flavor') : json(200, wireCpu(cpu, types, asked));
}

async function listDataCenters(call: Call, world: World): Promise<Reply> {
  const types = await marketOf(call, world);
  const include = commaList(call.query.get('include'));
  const bad = include.find((word) => word !== 'GPU_AVAILABILITY' && word !== 'CPU_AVAILABILITY');
  if (bad !== undefined) return problem(422, 'the query is invalid', { errors: ['include: has an unknown word'] });
  const regions = commaList(call.query.get('regions'));
  const wanted = FAKE_DATA_CENTERS.filter(({ region }) => regions.length === 0 || regions.includes(region));
  return json(200, { dataCenters: wanted.map((center) => wireDataCenter(center, types, include)) });
}

async function marketOf({ credential }: Call, { cloud, signal }: World): Promise<SimulatedGpuType[]> {
  return await cloud.gpuTypes({ credential, signal });
}

interface Asked {
  withAvailability: boolean;
  cloudType: 'secure' | 'community';
  count: number;
}

/** `include` needs `product`, and everything else needs `include` (RunPod REST v2 OpenAPI, snapshot 2026-08-20). */
function readQuery(query: URLSearchParams, products: readonly string[]): Reply | Asked {
  const include = commaList(query.get('include'));
  const product = commaList(query.get('product'));
  const unknown = [
    ...include.filter((word) => word !== 'AVAILABILITY').map(() => 'include: has an unknown word'),
    ...product.filter((word) => !products.includes(word)).map(() => 'product: has an unknown word'),
  ];
  const count = query.get('count') ?? '1';
  if (!/^[1-9]\d{0,3}$/.test(count)) unknown.push('count: must be an integer, 1 or more');
  const cloud = query.get('cloud') ?? 'SECURE';
  if (cloud !== 'SECURE' && cloud !== 'COMMUNITY') unknown.push('cloud: must be SECURE or COMMUNITY');
  if (unknown.length > 0) return problem(422, 'the query of the catalogue is invalid', { errors: unknown });
  const withAvailability = include.length > 0;
  if (withAvailability !== product.length > 0) return problem(400, 'include and product go together');
  const alone = ['count', 'cloud', 'countryCodes', 'cudaVersions', 'minCudaVersion', 'vcpuCount'].find((name) =>
    query.has(name),
  );
  if (!withAvailability && alone !== undefined) return problem(400, `${alone}: only with include=AVAILABILITY`);
  return { withAvailability, cloudType: cloud === 'SECURE' ? 'secure' : 'community', count: Number(count) };
}

/** Same source: `GpuType`. */
function wireGpu({ id: gpu, displayName, memoryGiB, offers }: SimulatedGpuType, asked: Asked): object {
  const known = FAKE_GPUS.find(({ id }) => id === gpu);
  const secure = priceOf(offers, 'secure');
  const community = priceOf(offers, 'community');
  return {
    id: gpu,
    name: displayName,
    pool: known?.pool ?? null,
    manufacturer: /^(?:NVIDIA|Tesla)\b/.test(gpu) ? 'NVIDIA' : gpu.startsWith('AMD') ? 'AMD' : 'UNKNOWN',
    memory: memoryGiB ?? known?.memoryGiB ?? 0,
    secure: secure !== null,
    community: community !== null,
    price: { secure: secure ?? 0, community: community ?? 0 },
    maxCount: {
      secure: secure === null ? 0 : MAX_GPUS.secure,
      community: community === null ? 0 : MAX_GPUS.community,
    },
    ...(asked.withAvailability ? availability(offers, asked) : {}),
    ...(asked.withAvailability && !gpu.startsWith('AMD')
      ? { cudaVersions: [{ version: '12.8', available: true }] }
      : {}),
  };
}

/** Same source: `CpuType`. */
function wireCpu(cpu: FakeCpu, types: readonly SimulatedGpuType[], asked: Asked): object {
  const offers = types.find(({ id }) => id === cpu.id)?.offers ?? [];
  return {
    id: cpu.id,
    name: cpu.name,
    group: cpu.group,
    vcpu: { min: 2, max: cpu.mostVcpus },
    ramGbPerVcpu: cpu.ramGbPerVcpu,
    price: { securePerVcpu: priceOf(offers, 'secure') ?? 0, serverlessPerVcpu: priceOf(offers, 'secure') ?? 0 },
    ...(asked.withAvailability ? availability(offers, asked) : {}),
  };
}

/** Same source: `DataCenter`. */
function wireDataCenter(
  center: FakeDataCenter,
  types: readonly SimulatedGpuType[],
  include: readonly string[],
): object {
  const { id, name, region, globalNetwork } = center;
  const here = types.map((type) => ({ ...type, offers: type.offers.filter((offer) => offer.region === id) }));
  const shown = here
    .filter(({ offers }) => offers.length > 0)
    .map(({ id: typeId, displayName, offers }) => ({
      id: typeId,
      name: displayName,
      availability: levelOf(stockOf(offers), 1),
    }));
  return {
    id,
    name,
    region,
    globalNetwork,
    networkVolumeTypes: ['STANDARD'],
    compliance: [],
    ...(include.includes('GPU_AVAILABILITY') ? { gpuAvailability: shown.filter((row) => !isCpu(row.id)) } : {}),
    ...(include.includes('CPU_AVAILABILITY') ? { cpuAvailability: shown.filter((row) => isCpu(row.id)) } : {}),
  };
}

function availability(offers: readonly SimulatedOffer[], { cloudType, count }: Asked): object {
  const fitting = offers.filter((offer) => offer.cloudType === cloudType || offer.cloudType === null);
  const dataCenters = FAKE_DATA_CENTERS.flatMap(({ id, name }) => {
    const here = fitting.filter(({ region }) => region === id);
    return here.length === 0 ? [] : [{ id, name, availability: levelOf(stockOf(here), count) }];
  });
  const best = Math.max(0, ...fitting.map(({ stock }) => stock));
  return { availability: levelOf(best, count), ...(dataCenters.length === 0 ? {} : { dataCenters }) };
}

function levelOf(stock: number, count: number): 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH' {
  if (stock < count) return 'NONE';
  if (stock < 8) return 'LOW';
  return stock < 32 ? 'MEDIUM' : 'HIGH';
}

function stockOf(offers: readonly SimulatedOffer[]): number {
  return offers.reduce((sum, { stock }) => sum + stock, 0);
}

function priceOf(offers: readonly SimulatedOffer[], cloudType: 'secure' | 'community'): number | null {
  const fitting = offers.filter((offer) => offer.cloudType === cloudType || offer.cloudType === null);
  return fitting.length === 0 ? null : Math.min(...fitting.map(({ hourlyPrice }) => hourlyPrice));
}

function isCpu(id: string): boolean {
  return FAKE_CPUS.some((cpu) => cpu.id === id);
}

function commaList(text: string | null): string[] {
  return text === null || text === '' ? [] : text.split(',');
}
