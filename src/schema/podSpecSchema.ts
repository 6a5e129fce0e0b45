import { z } from 'zod';
import { closedObject, lettersOf, looksSecret } from './closedObject';
import { mustBe } from './issues';
import * as fields from './podSpecFields';
import { duration, hourlyPrice, lineOfText, slug, wholeNumber, word } from './scalars';

const DAY = 86_400_000;
/** What a spec has to be, for a message. */
export const SPEC_FORM = "an object with the pod's fields, for instance { gpu: 'h100', image: 'org/image' }";

/** What a user writes, read field by field; what fields say together is checked beside it. */
export const podSpecSchema = closedObject(
  {
    /** The claim's id: the same id is the same pod. 1 to 36 of a-z, 0-9 and hyphens. Default: one is made up. */
    id: slug('render-42').optional(),
    /** Who answers for the pod, for people; at most 64 characters. */
    owner: lineOfText(64).optional(),
    /** At most 32 of them, names and values of at most 63 characters. */
    labels: fields.labels.optional(),
    /** The provider's name, such as `local` or `runpod`. Default: the client's, else the worker's only one. */
    provider: slug('runpod').optional(),
    /** The account's name in the worker's configuration. Default: the provider's only one. */
    account: slug('runpod-main').optional(),
    /** A GPU's canonical name, such as `h100`, or `{ id }` with the provider's own name. Default: a pod without a GPU. */
    gpu: fields.gpu.optional(),
    /** How many GPUs. Default 1. */
    gpuCount: wholeNumber(1, 64).optional(),
    /** The least number of CPU cores, and of memory in GiB; with a GPU, what stands beside it. */
    cpu: fields.cpu.optional(),
    /** The container image. */
    image: word("an image's name such as 'org/image:tag', without spaces", 512).optional(),
    /** What the pod runs: a program and its arguments. Default: what its image runs. */
    command: fields.command.optional(),
    /** Environment variables: texts, or `{ secret: NAME }` for a secret that the worker holds. At most 64 KiB in all. */
    env: fields.env.optional(),
    /** The ports the pod listens on: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`. */
    ports: fields.ports.optional(),
    /** How it is decided that the pod is healthy. Default `'status'`: by the provider's word alone. */
    health: fields.health.optional(),
    /** Default `any`. */
    cloudType: z.enum(['secure', 'community', 'any'], { error: mustBe("'secure', 'community' or 'any'") }).optional(),
    /** Whether the provider may take the pod back at any time, for a lower price. Default `false`. */
    spot: z.boolean({ error: mustBe('true or false, without quotes') }).optional(),
    /** The provider's names of regions, the preferred one first. Default: any. */
    regions: z
      .array(lineOfText(64), { error: mustBe("a list of the provider's regions, for instance ['EU-RO-1']") })
      .max(64, { error: 'has too many entries: at most 64' })
      .optional(),
    /** A volume that lives as long as the pod, in GiB. */
    volumeGiB: wholeNumber(1, 1_000_000, ' (GiB)').optional(),
    /** The pod's own disk, in GiB. */
    diskGiB: wholeNumber(1, 1_000_000, ' (GiB)').optional(),
    /** The id of a network volume that exists already. */
    networkVolume: word("a network volume's id", 128).optional(),
    /** The id of a template at the provider. */
    template: word("a template's id", 128).optional(),
    /** How what runs in the pod tells who may use it: by a bearer token or by signed URLs, from its environment. Default `none`. */
    auth: z.enum(['none', 'bearer', 'signed_url'], { error: mustBe("'none', 'bearer' or 'signed_url'") }).optional(),
    /** USD per hour: a pod that turns out dearer is ended at once. Default: no limit. */
    maxHourlyPrice: hourlyPrice('more').optional(),
    /** From the claim's start until healthy: `'15m'` or a number of ms, at most 1 day. Default: the worker's setting, 15 min. */
    startupTimeout: duration(DAY, 'at most 1d').optional(),
    /** From healthy, or the last touch, until the claim ends: `'30m'` or a number of ms, at most 30 days. Default: no idle end. */
    idleTimeout: z
      .union([z.null(), z.literal('off'), duration(30 * DAY, "at most 30d, or 'off'")])
      .transform((value) => (value === 'off' ? null : value))
      .optional(),
    /** From the claim's start until it ends, whatever happens: `'8h'` or a number of ms, at most 30 days. Default: the worker's setting, 4 h. */
    maxLifetime: duration(30 * DAY, 'at most 30d: every pod needs an end').optional(),
    /** Passed to the provider as they are; at most 64 KiB as JSON. They may not name what a field of the spec sets. */
    providerOptions: fields.providerOptions.optional(),
  },
  SPEC_FORM,
  explainKey,
);

/** What a user writes to claim a pod. */
export type PodSpecInput = z.input<typeof podSpecSchema>;

// What other launchers, and the SDK this one follows, call these fields.
const OTHER_NAMES: Readonly<Record<string, string>> = {
  regionhints: 'regions',
  volumegb: 'volumeGiB',
  containerdiskgb: 'diskGiB',
  disksizegb: 'diskGiB',
  networkvolumeid: 'networkVolume',
  templateid: 'template',
  idlettlms: 'idleTimeout',
  idlettl: 'idleTimeout',
  provideropts: 'providerOptions',
  userid: 'owner',
  gputype: 'gpu',
  imagename: 'image',
  environment: 'env',
  tags: 'labels',
  healthcheck: 'health',
  ttl: 'maxLifetime',
  maxprice: 'maxHourlyPrice',
  envvars: 'env',
  cmd: 'command',
  args: 'command',
  entrypoint: 'command',
  disk: 'diskGiB',
};

function explainKey(key: string): string | undefined {
  const letters = lettersOf(key);
  if (letters === 'name') return 'is not a field: Podkeeper names the pod; use id';
  if (looksSecret(key)) {
    return "is not a field: no key belongs in a spec; the provider's is in the worker's environment, and the pod's own are given as env: { NAME: { secret: NAME } }";
  }
  return Object.hasOwn(OTHER_NAMES, letters) ? `is not a field; did you mean ${OTHER_NAMES[letters]}?` : undefined;
}
