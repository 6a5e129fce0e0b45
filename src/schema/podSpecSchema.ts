import { z } from 'zod';
import { DEFAULT_SETTINGS, formatDuration } from '../model';
import { closedObject } from './closedObject';
import { imageReference } from './imageReference';
import { mustBe } from './issues';
import { explainKey } from './otherNames';
import * as fields from './podSpecFields';
import { duration, hourlyPrice, lineOfText, slug, wholeNumber, word } from './scalars';

const DAY = 86_400_000;
/** What a spec has to be, for a message. */
export const SPEC_FORM = "an object with the pod's fields, for instance { gpu: 'h100', image: 'org/image' }";

/** What a user writes, read field by field; what fields say together is checked beside it. */
export const podSpecSchema = closedObject(
  {
    /** The claim's id: the same id is the same pod. 1 to 36 of a-z, 0-9 and hyphens. Default: one is made up. */
    id: slug('render-42').optional().meta({
      whenLeftOut: 'one is made up',
      description: "The claim's id: the same id is the same pod. 1 to 36 of a-z, 0-9 and hyphens.",
    }),
    /** Who answers for the pod, for people; at most 64 characters. Default: none. */
    owner: lineOfText(64)
      .optional()
      .meta({ whenLeftOut: 'none', description: 'Who answers for the pod, for people; at most 64 characters.' }),
    /** Names and texts for people and tools; at most 32 of them, of at most 63 characters. Default: none. */
    labels: fields.labels.optional().meta({
      whenLeftOut: 'none',
      description: 'Names and texts for people and tools; at most 32 of them, of at most 63 characters.',
    }),
    /** The provider's name, such as `local` or `runpod`. Default: the client's `defaultProvider`, else the worker's only one. */
    provider: slug('runpod').optional().meta({
      whenLeftOut: "the client's `defaultProvider`, else the worker's only one",
      description: "The provider's name, such as `local` or `runpod`.",
    }),
    /** The account's name in the worker's configuration. Default: the client's `defaultAccount`, else the provider's only one. */
    account: slug('runpod-main').optional().meta({
      whenLeftOut: "the client's `defaultAccount`, else the provider's only one",
      description: "The account's name in the worker's configuration.",
    }),
    /** A GPU's canonical name, such as `h100`, or `{ id }` with the provider's own name. Default: a pod without a GPU. */
    gpu: fields.gpu.optional().meta({
      whenLeftOut: 'a pod without a GPU',
      description: "A GPU's canonical [name](gpus.md), such as `h100`, or `{ id }` with the provider's own name.",
    }),
    /** How many GPUs, 1 to 64. Default: 1. */
    gpuCount: wholeNumber(1, 64).optional().meta({ whenLeftOut: '1', description: 'How many GPUs, 1 to 64.' }),
    /** The least number of CPU cores, and of memory in GiB, as `{ cores, memoryGiB }`, one or both; with a GPU, what stands beside it. Default: the provider's. */
    cpu: fields.cpu.optional().meta({
      whenLeftOut: "the provider's",
      description:
        'The least number of CPU cores, and of memory in GiB, as `{ cores, memoryGiB }`, one or both; with a GPU, what stands beside it.',
    }),
    /** The container image. Default: the provider's. */
    image: imageReference.optional().meta({ whenLeftOut: "the provider's", description: 'The container image.' }),
    /** What the pod runs: a program and its arguments. Default: what its image runs. */
    command: fields.command
      .optional()
      .meta({ whenLeftOut: 'what its image runs', description: 'What the pod runs: a program and its arguments.' }),
    /** Environment variables: texts, or `{ secret: NAME }` for a secret that the worker holds. At most 64 KiB in all. Default: none. */
    env: fields.env.optional().meta({
      whenLeftOut: 'none',
      description:
        'Environment variables: texts, or `{ secret: NAME }` for a [secret](configuration.md#secrets) that the worker holds. At most 64 KiB in all.',
    }),
    /** The ports the pod listens on: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`. Default: none. */
    ports: fields.ports.optional().meta({
      whenLeftOut: 'none',
      description: "The ports the pod listens on: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`.",
    }),
    /** How it is decided that the pod is healthy: `'status'` by the provider's word alone, `{ http: { port, path, status, timeout } }` or `{ tcp: { port, timeout } }`. Without `status` any 2xx passes; redirects don't. A probe waits 5s, or `timeout`. Default: `'status'`. */
    health: fields.health.optional().meta({
      whenLeftOut: "`'status'`",
      description:
        "How it is decided that the pod is healthy: `'status'` by the provider's word alone, `{ http: { port, path, status, timeout } }` or `{ tcp: { port, timeout } }`. Without `status` any 2xx passes; redirects don't. A probe waits 5s, or `timeout`.",
    }),
    /** The provider's part that is rented from: `secure`, `community` or `any`. Default: `any`. */
    cloudType: z
      .enum(['secure', 'community', 'any'], { error: mustBe("'secure', 'community' or 'any'") })
      .optional()
      .meta({
        whenLeftOut: '`any`',
        description: "The provider's part that is rented from: `secure`, `community` or `any`.",
      }),
    /** Whether the provider may take the pod back at any time, for a lower price. Default: `false`. */
    spot: z
      .boolean({ error: mustBe('true or false, without quotes') })
      .optional()
      .meta({
        whenLeftOut: '`false`',
        description: 'Whether the provider may take the pod back at any time, for a lower price.',
      }),
    /** The provider's names of regions, the preferred one first. Default: any. */
    regions: z
      .array(lineOfText(64), { error: mustBe("a list of the provider's regions, for instance ['EU-RO-1']") })
      .max(64, { error: 'has too many entries: at most 64' })
      .optional()
      .meta({ whenLeftOut: 'any', description: "The provider's names of regions, the preferred one first." }),
    /** A volume that lives as long as the pod, in GiB. Default: none. */
    volumeGiB: wholeNumber(1, 1_000_000, ' (GiB)')
      .optional()
      .meta({ whenLeftOut: 'none', description: 'A volume that lives as long as the pod, in GiB.' }),
    /** The pod's own disk, in GiB. Default: the provider's. */
    diskGiB: wholeNumber(1, 1_000_000, ' (GiB)')
      .optional()
      .meta({ whenLeftOut: "the provider's", description: "The pod's own disk, in GiB." }),
    /** The id of a network volume that exists already. Default: none. */
    networkVolume: word("a network volume's id", 128)
      .optional()
      .meta({ whenLeftOut: 'none', description: 'The id of a network volume that exists already.' }),
    /** The id of a template at the provider. Default: none. */
    template: word("a template's id", 128)
      .optional()
      .meta({ whenLeftOut: 'none', description: 'The id of a template at the provider.' }),
    /** How what runs in the pod tells who may use it: `bearer` by a token, `signed_url` by signed URLs; it finds what it needs in its environment (tokens). Default: `none`. */
    auth: z
      .enum(['none', 'bearer', 'signed_url'], { error: mustBe("'none', 'bearer' or 'signed_url'") })
      .optional()
      .meta({
        whenLeftOut: '`none`',
        description:
          'How what runs in the pod tells who may use it: `bearer` by a token, `signed_url` by signed URLs; it finds what it needs in its environment ([tokens](auth.md)).',
      }),
    /** USD per hour: a pod that turns out, or becomes, dearer is ended at once. Default: no limit. */
    maxHourlyPrice: hourlyPrice('more').optional().meta({
      whenLeftOut: 'no limit',
      description: 'USD per hour: a pod that turns out, or becomes, dearer is ended at once.',
    }),
    /** From the claim's start until healthy: `'15m'`, in code also a number of ms; 1 second to 1 day. Default: the worker's setting, 15m. */
    startupTimeout: duration({ mostMs: DAY, form: 'at most 1d', least: { ms: 1_000, why: 'no pod is healthy sooner' } })
      .optional()
      .meta({
        whenLeftOut: `the worker's setting, ${formatDuration(DEFAULT_SETTINGS.startupTimeoutMs)}`,
        description: "From the claim's start until healthy: `'15m'`, in code also a number of ms; 1 second to 1 day.",
      }),
    /** From healthy, or the last touch, until the claim ends: `'30m'`, in code also a number of ms; 1 second to 30 days; `off` says none. Default: no idle end. */
    idleTimeout: z
      .union([
        z.null(),
        z.literal('off'),
        duration({
          mostMs: 30 * DAY,
          form: "at most 30d, or 'off'",
          least: { ms: 1_000, why: 'nobody could touch the pod in time' },
        }),
      ])
      .transform((value) => (value === 'off' ? null : value))
      .optional()
      .meta({
        whenLeftOut: 'no idle end',
        description:
          "From healthy, or the last touch, until the claim ends: `'30m'`, in code also a number of ms; 1 second to 30 days; `off` says none.",
      }),
    /** From the claim's start until it ends, whatever happens: `'8h'`, in code also a number of ms; 5 seconds to 30 days; there is no `off`. Default: the worker's setting, 4h. */
    maxLifetime: duration({
      mostMs: 30 * DAY,
      form: 'at most 30d: every pod needs an end',
      least: { ms: 5_000, why: 'the pod would end before it is healthy' },
    })
      .optional()
      .meta({
        whenLeftOut: `the worker's setting, ${formatDuration(DEFAULT_SETTINGS.maxLifetimeMs)}`,
        description:
          "From the claim's start until it ends, whatever happens: `'8h'`, in code also a number of ms; 5 seconds to 30 days; there is no `off`.",
      }),
    /** Passed to the provider as they are; at most 64 KiB as JSON. They may not name what a field of the spec sets. Default: none. */
    providerOptions: fields.providerOptions.optional().meta({
      whenLeftOut: 'none',
      description:
        'Passed to the provider as they are; at most 64 KiB as JSON. They may not name what a field of the spec sets.',
    }),
  },
  SPEC_FORM,
  explainKey,
);

/** What a user writes to claim a pod. */
export type PodSpecInput = z.input<typeof podSpecSchema>;
