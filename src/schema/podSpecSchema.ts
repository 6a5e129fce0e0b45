import { z } from 'zod';
import { DEFAULT_SETTINGS, formatDuration, MOST_OFFERS } from '../model';
import { closedObject } from './closedObject';
import { field } from './field';
import { imageReference } from './imageReference';
import { mustBe } from './issues';
import { explainKey } from './otherNames';
import * as fields from './podSpecFields';
import { duration, hourlyPrice, lineOfText, slug, wholeNumber, word } from './scalars';

const DAY = 86_400_000;
/** What a spec has to be, for a message. */
export const SPEC_FORM = "an object with the pod's fields, for instance { gpu: 'h100', image: 'org/image' }";

/**
 * The fields of a spec, each described here and nowhere else. After a change, `npm run docs` writes `src/model/podSpec.ts` and `docs/spec.md`. Rules about
 * two fields are in `podSpec.ts`.
 */
const SHAPE = {
  id: field(slug('render-42'), {
    description: "The claim's id: the same id is the same pod. 1 to 36 of a-z, 0-9 and hyphens.",
    whenLeftOut: 'a generated one',
    usedBy: 'claim',
    hints: {
      name: 'Podkeeper names the pod; use id',
      'numnodes nodes': 'a claim is one pod; spawn one for each node',
    },
  }),
  owner: field(lineOfText(64), {
    description: 'Who is responsible for the pod, for people; at most 64 characters.',
    whenLeftOut: 'none',
    usedBy: 'claim',
    alsoCalled: ['userid', 'user'],
  }),
  labels: field(fields.labels, {
    description: 'Names and texts for people and tools; at most 32, each of at most 63 characters.',
    whenLeftOut: 'none',
    empty: {},
    usedBy: 'request',
    alsoCalled: ['tags', 'metadata', 'annotations'],
  }),
  provider: field(slug('runpod'), {
    description: "The provider's name, such as `local` or `runpod`.",
    whenLeftOut: "the client's `defaultProvider`, else the worker's only one",
    usedBy: 'claim',
    alsoCalled: ['cloud', 'backend', 'infra'],
    hints: { backends: 'write provider, or candidates with one provider each' },
  }),
  account: field(slug('runpod-main'), {
    description: "The account's name in the worker's configuration.",
    whenLeftOut: "the client's `defaultAccount`, else each account of the provider in turn",
    usedBy: 'claim',
  }),
  gpu: field(fields.gpu, {
    description:
      "A GPU's canonical [name](gpus.md), such as `h100`, or `{ id }` with the provider's own name. In a list, each is an offer of its own, the first choice first.",
    whenLeftOut: 'a pod without a GPU',
    completed: 'string | { id: string }',
    needs: [
      { when: 'left out', capability: 'cpu', lacks: 'has no pods without a GPU', instead: 'set gpu' },
      { capability: 'gpu', lacks: 'has no pods with a GPU' },
    ],
    alsoCalled: ['gputype', 'gpuname', 'gpuid', 'gpus', 'gputypeid', 'accelerator'],
    hints: {
      gputypeids: "write gpu, for instance gpu: [h100, l40s], or gpu: { id: '…' } for one of these ids",
      gputypepriority: 'the gpus of a list are tried in their order; remove it',
      accelerators: "write gpu: h100, and gpuCount: 8 for 'H100:8'",
      'instancetype instancetypes': 'write gpu and gpuCount, or cpu',
      resources: 'write gpu, gpuCount, cpu, diskGiB as fields of the spec itself',
      computetype: "a pod without gpu is a CPU's; remove it",
    },
  }),
  gpuCount: field(wholeNumber(1, 64), {
    description: 'How many GPUs, 1 to 64. Needs `gpu`.',
    whenLeftOut: '1',
    empty: 1,
    alsoCalled: ['numgpus'],
  }),
  cpu: field(fields.cpu, {
    description: 'At least this many CPU cores and GiB of memory: `{ cores, memoryGiB }`, one or both.',
    whenLeftOut: "the provider's",
    completed: '{ cores: number | null; memoryGiB: number | null }',
    needs: [{ capability: 'cpu_size', lacks: "doesn't let you choose cores or memory" }],
    hints: {
      'cpus vcpucount vcpus': 'write cpu: { cores: 4 }',
      minvcpupergpu: 'write cpu: { cores: 4 }, for the whole pod',
      'memory ram': 'write cpu: { memoryGiB: 16 }',
      minrampergpu: 'write cpu: { memoryGiB: 16 }, for the whole pod',
      cpuflavorids: 'write cpu: { cores: 4, memoryGiB: 16 }',
    },
  }),
  image: field(imageReference, {
    description: 'The container image; a digest is safer than a tag.',
    whenLeftOut: "the provider's",
    needs: [{ capability: 'image', lacks: "doesn't run container images" }],
    alsoCalled: ['imagename', 'imageid', 'dockerimage', 'container'],
    hints: { registryauth: "the registry's login is kept at the provider" },
  }),
  command: field(fields.command, {
    description: 'The program that the pod runs, and its arguments.',
    whenLeftOut: 'what its image runs',
    needs: [{ capability: 'command', lacks: "doesn't support command" }],
    alsoCalled: ['cmd', 'args', 'entrypoint', 'dockerargs', 'dockerstartcmd', 'dockerentrypoint', 'onstart'],
    hints: {
      run: "write command: [sh, -c, '…']",
      setup: "do it in the image, or in command: [sh, -c, 'setup && run']",
      commands: "write command: [sh, -c, 'first && second']",
      'workdir workingdir': 'the image says it, or command: [sh, -c, "cd /work && …"]',
    },
  }),
  env: field(fields.env, {
    description:
      'Environment variables: texts, or `{ secret: NAME }` for a [secret](configuration.md#secrets) that the worker has. At most 64 KiB in all.',
    whenLeftOut: 'none',
    empty: {},
    alsoCalled: ['environment', 'envvars', 'envs'],
  }),
  ports: field(fields.ports, {
    description: "The pod's ports: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`.",
    whenLeftOut: 'none',
    empty: [],
    completed: 'PortRequest[]',
    needs: [
      {
        when: { protocol: 'http' },
        capability: 'http_proxy',
        lacks: 'has no HTTP proxy',
        instead: "ask for '{port}/tcp'",
      },
      {
        when: { protocol: 'tcp' },
        capability: 'raw_tcp',
        lacks: "doesn't open TCP ports",
        instead: "ask for '{port}/http'",
      },
    ],
    alsoCalled: ['port', 'exposedports'],
  }),
  health: field(fields.health, {
    description:
      "When the pod is healthy: `'status'` if the provider says that it runs, `{ http: { port, path, status, timeout } }` or `{ tcp: { port, timeout } }` if a probe passes, too. Without `status`, any 2xx passes; redirects don't. A probe waits 5s, or `timeout`.",
    whenLeftOut: "`'status'`",
    empty: { kind: 'status' },
    completed: 'HealthCheck',
    usedBy: 'request',
    alsoCalled: ['healthcheck', 'readiness', 'readinessprobe', 'livenessprobe'],
  }),
  cloudType: field(z.enum(['secure', 'community', 'any'], { error: mustBe("'secure', 'community' or 'any'") }), {
    description: "The part of the provider's cloud: `secure`, `community` or `any`.",
    whenLeftOut: '`any`',
    empty: 'any',
    needs: [{ capability: 'cloud_type', lacks: 'has no cloud types' }],
  }),
  spot: field(z.boolean({ error: mustBe('true or false, without quotes') }), {
    description: 'Whether the provider may take the pod back at any time.',
    whenLeftOut: '`false`',
    empty: false,
    needs: [{ capability: 'spot', lacks: 'has no spot pods' }],
    alsoCalled: ['usespot', 'interruptible', 'preemptible'],
    hints: {
      bid: 'write spot: true and maxHourlyPrice',
      spotpolicy: 'write spot: true or spot: false',
      spotrecovery: 'spawn again under the same id when the pod is lost',
    },
  }),
  regions: field(
    z
      .array(lineOfText(64), { error: mustBe("a list of the provider's regions, for instance ['EU-RO-1']") })
      .max(64, { error: 'has too many entries: at most 64' }),
    {
      description: "The provider's names of regions, the preferred one first.",
      whenLeftOut: 'any',
      empty: [],
      needs: [{ capability: 'region', lacks: "doesn't let you choose a region" }],
      alsoCalled: ['region', 'zone', 'regionhints', 'datacenterid', 'datacenterids'],
      hints: {
        datacenterpriority: 'regions has the preferred one first; remove it',
        countrycodes: 'write regions, with the names of the provider',
      },
    },
  ),
  volumeGiB: field(wholeNumber(1, 1_000_000, ' (GiB)'), {
    description: 'A volume that lives as long as the pod, in GiB.',
    whenLeftOut: 'none',
    needs: [{ capability: 'disk', lacks: "doesn't let you choose disk sizes" }],
    alsoCalled: ['volume', 'volumesize', 'volumegb', 'volumeingb'],
    hints: {
      volumes: 'write volumeGiB for a volume that ends with the pod, networkVolume for one that is there already',
    },
  }),
  diskGiB: field(wholeNumber(1, 1_000_000, ' (GiB)'), {
    description: "The pod's own disk, in GiB.",
    whenLeftOut: "the provider's",
    needs: [{ capability: 'disk', lacks: "doesn't let you choose disk sizes" }],
    alsoCalled: ['disk', 'disksize', 'disksizegb', 'diskspace', 'containerdiskgb', 'containerdiskingb'],
  }),
  networkVolume: field(word("a network volume's id", 128), {
    description: "The provider's id of a network volume that exists already.",
    whenLeftOut: 'none',
    needs: [{ capability: 'network_volumes', lacks: 'has no network volumes' }],
    alsoCalled: ['networkvolumeid'],
    hints: { filemounts: 'the pod fetches its files; name a networkVolume for those that outlive it' },
  }),
  template: field(word("a template's id", 128), {
    description: "The provider's id of a template.",
    whenLeftOut: 'none',
    needs: [{ capability: 'template', lacks: 'has no templates' }],
    alsoCalled: ['templateid', 'templatename'],
  }),
  auth: field(z.enum(['none', 'bearer', 'signed_url'], { error: mustBe("'none', 'bearer' or 'signed_url'") }), {
    description:
      'How the program in the pod checks its users: `bearer` by a [token](auth.md), `signed_url` by signed URLs.',
    whenLeftOut: '`none`',
    empty: 'none',
    completed: 'PodAuth',
    usedBy: 'claim',
  }),
  maxHourlyPrice: field(hourlyPrice('more'), {
    description: 'USD per hour. A pod that costs more, at the start or later, is ended at once.',
    whenLeftOut: 'no limit',
    usedBy: 'request',
    alsoCalled: ['maxprice', 'pricelimit', 'maxhourlycost'],
  }),
  startupTimeout: field(
    duration({ mostMs: DAY, form: 'at most 1d', least: { ms: 1_000, why: 'no pod is healthy sooner' } }),
    {
      description: "From the claim's start until the pod is healthy; 1 second to 1 day.",
      whenLeftOut: `the worker's setting, ${formatDuration(DEFAULT_SETTINGS.startupTimeoutMs)}`,
      usedBy: 'claim',
    },
  ),
  offerTimeout: field(
    duration({ mostMs: DAY, form: 'at most 1d', least: { ms: 1_000, why: 'no pod is healthy sooner' } }),
    {
      description: 'How long a pod may take to become healthy before the next offer is tried; 1 second to 1 day.',
      whenLeftOut: `the worker's setting, ${formatDuration(DEFAULT_SETTINGS.offerTimeoutMs)}`,
      usedBy: 'claim',
    },
  ),
  idleTimeout: field(
    z
      .union([
        z.null(),
        z.literal('off'),
        duration({
          mostMs: 30 * DAY,
          form: "at most 30d, or 'off'",
          least: { ms: 1_000, why: 'nobody could touch the pod in time' },
        }),
      ])
      .transform((value) => (value === 'off' ? null : value)),
    {
      description: 'From healthy, or from the last touch, until the claim ends; 1 second to 30 days, or `off`.',
      whenLeftOut: 'no idle end',
      usedBy: 'claim',
      alsoCalled: ['idlettl', 'idlettlms', 'idleduration', 'inactivityduration', 'autostop', 'autodown'],
      hints: {
        'idleminutes idleminutestoautostop': "write idleTimeout with a unit, for instance idleTimeout: '10m'",
      },
    },
  ),
  maxLifetime: field(
    duration({
      mostMs: 30 * DAY,
      form: 'at most 30d: every pod needs an end',
      least: { ms: 5_000, why: 'the pod would end before it is healthy' },
    }),
    {
      description: "From the claim's start until it ends, whatever happens; 5 seconds to 30 days.",
      whenLeftOut: `the worker's setting, ${formatDuration(DEFAULT_SETTINGS.maxLifetimeMs)}`,
      usedBy: 'claim',
      alsoCalled: ['ttl', 'timeout', 'maxduration', 'maxruntime'],
      hints: {
        activedeadlineseconds: "write maxLifetime with a unit, for instance maxLifetime: '1h'",
        stopduration: 'an end takes as long as its provider needs; remove it',
        down: 'a pod always ends for good; write idleTimeout or maxLifetime',
      },
    },
  ),
  providerOptions: field(fields.providerOptions, {
    description: "The provider's own fields; at most 64 KiB as JSON. They must not set what a field of the spec sets.",
    whenLeftOut: 'none',
    empty: {},
    usedBy: 'request',
    alsoCalled: ['provideropts'],
    hints: { containerregistryauthid: 'write it under providerOptions' },
  }),
};

/** What a claim has once, whatever it rents: no candidate has its own. */
const OF_THE_CLAIM = {
  id: true,
  owner: true,
  labels: true,
  auth: true,
  startupTimeout: true,
  idleTimeout: true,
  maxLifetime: true,
} as const;

/** The fields that a candidate may have. */
export const { shape: candidateShape } = z.object(SHAPE).omit(OF_THE_CLAIM);

const CANDIDATE_FORM = "an object with the fields that differ from the spec, for instance { provider: 'runpod' }";
const CANDIDATES_FORM = "a list of 1 to 64 offers, for instance [{ gpu: 'h100' }, { gpu: 'l40s' }]";

const candidate = closedObject(candidateShape, CANDIDATE_FORM, (key, shape) =>
  Object.hasOwn(OF_THE_CLAIM, key) || key === 'candidates'
    ? 'is the same for all candidates: write it as a field of the spec itself'
    : explainKey(key, shape),
).meta({ typeName: 'CandidateInput' });

export const podSpecSchema = closedObject(
  {
    ...SHAPE,
    candidates: field(
      z
        .array(candidate, { error: mustBe(CANDIDATES_FORM) })
        .min(1, { error: `must be ${CANDIDATES_FORM}` })
        .max(MOST_OFFERS, { error: `has too many entries: at most ${MOST_OFFERS}` }),
      {
        description:
          'What to rent, the first choice first: each candidate is a map of the [fields](#candidates) in which it differs from the spec. 1 to 64.',
        whenLeftOut: 'the spec itself',
        empty: [],
        completed: 'Candidate[]',
        usedBy: 'claim',
        alsoCalled: ['anyof', 'ordered', 'offers'],
      },
    ),
  },
  SPEC_FORM,
  explainKey,
);
