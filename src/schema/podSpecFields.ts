import { z } from 'zod';
import type { HealthCheck, PortRequest, SecretReference } from '../model';
import { MOST_OFFERS, parsePort, POD_FIELDS, PORT_FORM } from '../model';
import { GPU_CATALOGUE, suggestionsFor } from '../model/gpus';
import { closedObject, lettersOf } from './closedObject';
import { mustBe } from './issues';
import { duration, lineOfText, PRINTABLE, textInQuotes, textWithoutNul, wholeNumber } from './scalars';

const MAX_TEXT_BYTES = 64 * 1_024;

const GPU_NAME = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;
const GPU_FORM = "a GPU's name such as 'h100' or 'rtx_4090', or { id } with the provider's own name";

const oneGpu = z.union(
  [
    z.string().superRefine((name, context) => {
      if (name.length <= 64 && GPU_NAME.test(name)) return;
      context.addIssue(`must be ${GPU_FORM}${hintOf(name)}`);
    }),
    closedObject({ id: lineOfText(128) }, GPU_FORM),
  ],
  { error: mustBe(GPU_FORM) },
);

// One union of all forms, so that a message is about the form that was meant.
export const gpu = z.union(
  [
    ...oneGpu.options,
    z
      .array(oneGpu, { error: mustBe(`${GPU_FORM}, or a list of these`) })
      .min(1, { error: `must be ${GPU_FORM}, or a list of these` })
      .max(MOST_OFFERS, { error: `has too many entries: at most ${MOST_OFFERS}` }),
  ],
  { error: mustBe(GPU_FORM) },
);

/** What to write instead: only names in the catalogue. Empty if none fits. */
function hintOf(written: string): string {
  if (written.length > 64) return '';
  const plain = written
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  if (GPU_CATALOGUE.find(plain).length > 0) return `: write '${plain}'`;
  const models = GPU_CATALOGUE.providers.flatMap((provider) => GPU_CATALOGUE.modelsOf(provider, written));
  if (models.length > 0) {
    const names = new Set(models.map(({ name }) => `'${name}'`));
    return `: write ${[...names, `{ id: '${written}' }`].join(' or ')}`;
  }
  const { names, count } = suggestionsFor(written, GPU_CATALOGUE);
  if (names.length === 0) return '';
  return `: write ${names.map((name) => `'${name}'`).join(' or ')}${count === null ? '' : `, and gpuCount: ${count}`}`;
}

const CPU_FORM = '{ cores } or { memoryGiB }, or both, for instance { cores: 4, memoryGiB: 16 }';
const memoryError = mustBe('an amount of memory in GiB, more than 0, for instance 16');

export const cpu = closedObject(
  {
    cores: wholeNumber(1, 1_024).optional(),
    memoryGiB: z
      .number({ error: memoryError })
      .gt(0, { error: memoryError })
      .max(65_536, { error: memoryError })
      .optional(),
  },
  CPU_FORM,
)
  .refine((value) => value.cores !== undefined || value.memoryGiB !== undefined, { error: `must be ${CPU_FORM}` })
  .transform((value) => ({ cores: value.cores ?? null, memoryGiB: value.memoryGiB ?? null }));

const COMMAND_FORM = "a list of texts, for instance ['python', 'serve.py']";

export const command = z
  .array(textWithoutNul('a text'), { error: mustBe(COMMAND_FORM) })
  .min(1, { error: `must be ${COMMAND_FORM}` })
  .max(1_024, { error: 'has too many parts: at most 1024' })
  .refine((parts) => parts[0] !== '', { error: 'must begin with the program to start' })
  .refine((parts) => bytesOf(parts) <= MAX_TEXT_BYTES, { error: 'is too long: at most 64 KiB in all' });

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET_FORM =
  "{ secret: NAME } with a secret's name in the worker's environment, for instance { secret: 'HF_TOKEN' }";

const envName = z
  .string()
  .max(256, { error: 'is too long: at most 256 characters' })
  .regex(ENV_NAME, {
    error: 'is not a name for an environment variable: use A-Z, a-z, 0-9 and _, not beginning with a digit',
  })
  .refine((name) => !name.startsWith('PODKEEPER_'), { error: "is Podkeeper's own: choose a name without PODKEEPER_" });

const secretReference = closedObject(
  {
    secret: z
      .string({ error: mustBe(`a secret's name, as in ${SECRET_FORM}`) })
      .regex(ENV_NAME, { error: `must be a secret's name, as in ${SECRET_FORM}` }),
  },
  SECRET_FORM,
).meta({ typeName: 'SecretReference' });

export const env = z
  .record(envName, z.union([textWithoutNul('a text'), secretReference], { error: textInQuotes(`or ${SECRET_FORM}`) }), {
    error: mustBe("a map of names to texts, for instance { MODEL: 'small' }"),
  })
  .refine((map) => Object.keys(map).length <= 512, { error: 'has too many variables: at most 512' })
  .refine((map) => bytesOf(Object.entries(map).flatMap(textsOf)) <= MAX_TEXT_BYTES, {
    error: 'is too large: at most 64 KiB of names and values in all',
  });

const LABEL_FORM = "1 to 63 of A-Z, a-z, 0-9, '.', '_', '/' and '-', beginning and ending with a letter or digit";
const labelValueError = textInQuotes('of at most 63 printable characters');

export const labels = z
  .record(
    z
      .string()
      .max(63, { error: `is not a label's name: use ${LABEL_FORM}` })
      .regex(/^[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?$/, { error: `is not a label's name: use ${LABEL_FORM}` }),
    z
      .string({ error: labelValueError })
      .max(63, { error: labelValueError })
      .regex(PRINTABLE, { error: labelValueError }),
    { error: mustBe("a map of names to texts, for instance { team: 'vision' }") },
  )
  .refine((map) => Object.keys(map).length <= 32, { error: 'has too many entries: at most 32' });

const port = z
  .union(
    [
      z.string(),
      closedObject(
        { port: wholeNumber(1, 65_535), protocol: z.enum(['http', 'tcp'], { error: mustBe("'http' or 'tcp'") }) },
        PORT_FORM,
      ).meta({ typeName: 'PortRequest' }),
    ],
    { error: mustBe(PORT_FORM) },
  )
  .transform((written, context): PortRequest => {
    const parsed = typeof written === 'string' ? parsePort(written) : written;
    if (parsed !== undefined) return parsed;
    context.addIssue(`must be ${PORT_FORM}`);
    return z.NEVER;
  });

export const ports = z
  .array(port, { error: mustBe("a list such as ['8000/http', '22/tcp']") })
  .max(64, { error: 'has too many entries: at most 64' })
  .superRefine((list, context) => {
    const written = list.map((entry) => `${entry.port}/${entry.protocol}`);
    for (const [index, text] of written.entries()) {
      if (written.indexOf(text) < index) {
        context.addIssue({ code: 'custom', path: [index], message: `is there twice: remove one '${text}'` });
      }
    }
  });

const HEALTH_FORM = "'status', { http: { port, path } } or { tcp: { port } }";
// A path, never an address: no second slash or backslash, which would make it a host, and nothing that ends a request line.
const HEALTH_PATH = /^\/(?!\/)[!-~]*$/;
const pathError = mustBe(
  "a path on the pod that begins with one '/', without spaces, '\\' and '#', for instance '/health'",
);

// The activity that probes has time for one list and one probe of this length.
const timeout = duration({ mostMs: 30_000, form: 'at most 30s', least: { ms: 100, why: 'no pod answers as fast' } });

const probe = closedObject(
  {
    http: closedObject(
      {
        port: wholeNumber(1, 65_535),
        path: z
          .string({ error: pathError })
          .max(1_024, { error: pathError })
          .regex(HEALTH_PATH, { error: pathError })
          .refine((path) => !/[\\#]/.test(path), { error: pathError })
          .optional(),
        status: wholeNumber(200, 599).optional(),
        timeout: timeout.optional(),
      },
      "{ port, path }, for instance { port: 8000, path: '/health' }",
    ).optional(),
    tcp: closedObject(
      { port: wholeNumber(1, 65_535), timeout: timeout.optional() },
      '{ port }, for instance { port: 22 }',
    ).optional(),
  },
  HEALTH_FORM,
);

export const health = z
  .union([z.literal('status'), probe], { error: mustBe(HEALTH_FORM) })
  .transform((written, context): HealthCheck => {
    if (written === 'status') return { kind: 'status' };
    const { http, tcp } = written;
    if (http !== undefined && tcp === undefined) {
      const { port, path = '/', status = null } = http;
      return { kind: 'http', port, path, status, ...limitOf(http) };
    }
    if (tcp !== undefined && http === undefined) return { kind: 'tcp', port: tcp.port, ...limitOf(tcp) };
    context.addIssue(`must be one of ${HEALTH_FORM}`);
    return z.NEVER;
  });

function limitOf(written: { timeout?: number | undefined }): { timeoutMs?: number } {
  return written.timeout === undefined ? {} : { timeoutMs: written.timeout };
}

// Only these names. The provider itself refuses what they are called in its API.
const SET_BY_PODKEEPER = ['name', 'region', ...POD_FIELDS];

export const providerOptions = z
  .record(z.string(), z.unknown(), { error: mustBe("a map of the provider's own fields") })
  .superRefine((options, context) => {
    for (const key of Object.keys(options)) {
      const ours = SET_BY_PODKEEPER.find((field) => lettersOf(field) === lettersOf(key));
      if (ours === undefined) continue;
      const message =
        ours === 'name' ? 'is set by Podkeeper: remove it' : `is set by Podkeeper: use the spec's own ${ours}`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
    if (Buffer.byteLength(JSON.stringify(options)) > MAX_TEXT_BYTES)
      context.addIssue('is too large: at most 64 KiB as JSON');
  });

function textsOf([name, value]: [string, string | SecretReference]): string[] {
  return [name, typeof value === 'string' ? value : value.secret];
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
