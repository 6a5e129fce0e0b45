import { lettersOf, looksSecret } from './closedObject';

/**
 * What other launchers call a field of ours, by the name's letters: RunPod's REST API (v1 and v2), SkyPilot, dstack, Vast, Kubernetes and Docker
 * Compose, and the SDK that this one follows. A text with a space is the whole hint; any other is our field.
 */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  // Whose it is.
  userid: 'owner',
  user: 'owner',
  tags: 'labels',
  metadata: 'labels',
  annotations: 'labels',
  cloud: 'provider',
  backend: 'provider',
  infra: 'provider',
  backends: 'is not a field: a spec names one provider; write provider',

  // What it runs on.
  gputype: 'gpu',
  gpuname: 'gpu',
  gpuid: 'gpu',
  gpus: 'gpu',
  gputypeid: 'gpu',
  gputypeids: "is not a field: write gpu, for instance gpu: h100, or gpu: { id: '…' } for one of these ids",
  gputypepriority: 'is not a field: a spec names one gpu; remove it',
  accelerator: 'gpu',
  accelerators: "is not a field: write gpu: h100, and gpuCount: 8 for 'H100:8'",
  numgpus: 'gpuCount',
  instancetype: 'is not a field: write gpu and gpuCount, or cpu',
  instancetypes: 'is not a field: write gpu and gpuCount, or cpu',
  resources: 'is not a field: write gpu, gpuCount, cpu, diskGiB as fields of the spec itself',
  cpus: 'is not a field: write cpu: { cores: 4 }',
  vcpucount: 'is not a field: write cpu: { cores: 4 }',
  vcpus: 'is not a field: write cpu: { cores: 4 }',
  minvcpupergpu: 'is not a field: write cpu: { cores: 4 }, for the whole pod',
  memory: 'is not a field: write cpu: { memoryGiB: 16 }',
  ram: 'is not a field: write cpu: { memoryGiB: 16 }',
  minrampergpu: 'is not a field: write cpu: { memoryGiB: 16 }, for the whole pod',
  computetype: "is not a field: a pod without gpu is a CPU's; remove it",
  cpuflavorids: 'is not a field: write cpu: { cores: 4, memoryGiB: 16 }',
  numnodes: 'is not a field: a claim is one pod; spawn one for each node',
  nodes: 'is not a field: a claim is one pod; spawn one for each node',

  // Where, and at which price.
  region: 'regions',
  zone: 'regions',
  regionhints: 'regions',
  datacenterid: 'regions',
  datacenterids: 'regions',
  datacenterpriority: 'is not a field: regions has the preferred one first; remove it',
  countrycodes: 'is not a field: write regions, with the names of the provider',
  usespot: 'spot',
  interruptible: 'spot',
  preemptible: 'spot',
  bid: 'is not a field: write spot: true and maxHourlyPrice',
  spotpolicy: 'is not a field: write spot: true or spot: false',
  spotrecovery: 'is not a field: spawn again under the same id when the pod is lost',
  maxprice: 'maxHourlyPrice',
  pricelimit: 'maxHourlyPrice',
  maxhourlycost: 'maxHourlyPrice',

  // What it runs.
  imagename: 'image',
  imageid: 'image',
  dockerimage: 'image',
  container: 'image',
  cmd: 'command',
  args: 'command',
  entrypoint: 'command',
  dockerargs: 'command',
  dockerstartcmd: 'command',
  dockerentrypoint: 'command',
  onstart: 'command',
  run: "is not a field: write command: [sh, -c, '…']",
  setup: "is not a field: do it in the image, or in command: [sh, -c, 'setup && run']",
  commands: "is not a field: write command: [sh, -c, 'first && second']",
  environment: 'env',
  envvars: 'env',
  envs: 'env',
  port: 'ports',
  exposedports: 'ports',
  healthcheck: 'health',
  readiness: 'health',
  readinessprobe: 'health',
  livenessprobe: 'health',
  workdir: 'is not a field: the image says it, or command: [sh, -c, "cd /work && …"]',
  workingdir: 'is not a field: the image says it, or command: [sh, -c, "cd /work && …"]',
  filemounts: 'is not a field: the pod fetches its files; name a networkVolume for those that outlive it',
  registryauth: "is not a field: the registry's login is kept at the provider",
  containerregistryauthid: 'is not a field: write it under providerOptions',

  // Disks.
  disk: 'diskGiB',
  disksize: 'diskGiB',
  disksizegb: 'diskGiB',
  diskspace: 'diskGiB',
  containerdiskgb: 'diskGiB',
  containerdiskingb: 'diskGiB',
  volume: 'volumeGiB',
  volumes:
    'is not a field: write volumeGiB for a volume that ends with the pod, networkVolume for one that is there already',
  volumesize: 'volumeGiB',
  volumegb: 'volumeGiB',
  volumeingb: 'volumeGiB',
  networkvolumeid: 'networkVolume',
  templateid: 'template',
  templatename: 'template',

  // When it ends.
  ttl: 'maxLifetime',
  timeout: 'maxLifetime',
  maxduration: 'maxLifetime',
  maxruntime: 'maxLifetime',
  activedeadlineseconds: "is not a field: write maxLifetime with a unit, for instance maxLifetime: '1h'",
  stopduration: 'is not a field: an end takes as long as its provider needs; remove it',
  idlettl: 'idleTimeout',
  idlettlms: 'idleTimeout',
  idleduration: 'idleTimeout',
  inactivityduration: 'idleTimeout',
  autostop: 'idleTimeout',
  autodown: 'idleTimeout',
  idleminutes: "is not a field: write idleTimeout with a unit, for instance idleTimeout: '10m'",
  idleminutestoautostop: "is not a field: write idleTimeout with a unit, for instance idleTimeout: '10m'",
  down: 'is not a field: a pod always ends for good; write idleTimeout or maxLifetime',
  provideropts: 'providerOptions',
};

/** What to write instead of a key that is no field of a spec; `undefined` where only its spelling can tell. */
export function explainKey(key: string): string | undefined {
  const letters = lettersOf(key);
  if (letters === 'name') return 'is not a field: Podkeeper names the pod; use id';
  const meant = Object.hasOwn(OTHER_NAMES, letters) ? OTHER_NAMES[letters] : undefined;
  if (meant !== undefined) return meant.includes(' ') ? meant : `is not a field; did you mean ${meant}?`;
  if (looksSecret(key)) {
    return "is not a field: no key belongs in a spec; the provider's is in the worker's environment, and the pod's own are given as env: { NAME: { secret: NAME } }";
  }
  return undefined;
}
