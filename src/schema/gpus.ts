import { z } from 'zod';
import type { GpuEntry } from '../model/gpus';
import { GPU_CATALOGUE } from '../model/gpus';
import { closedObject } from './closedObject';
import type { Issue } from './issues';
import { mustBe } from './issues';
import { lineOfText } from './scalars';

const GPU_FORM = "a GPU such as { memoryGiB: 80, ids: { my-cloud: 'H100-80' } }";
const ID_FORM =
  "the provider's id as a text, { id } with memoryAboveGiB or memoryBelowGiB, or { byCount } such as { byCount: { 8: 'gpu_8x' } }";
const memoryError = mustBe('an amount of memory in GiB, more than 0, for instance 80');

const memory = z.number({ error: memoryError }).gt(0, { error: memoryError }).max(65_536, { error: memoryError });
const otherIds = z
  .array(lineOfText(128), { error: mustBe("a list of the provider's other ids for it") })
  .max(64, { error: 'has too many entries: at most 64' });

const gpuId = z.union(
  [
    lineOfText(128),
    closedObject(
      {
        id: lineOfText(128).optional(),
        byCount: z
          .record(z.string(), lineOfText(128), { error: mustBe("a map of counts to ids such as { 8: 'gpu_8x' }") })
          .optional(),
        otherIds: otherIds.optional(),
        memoryAboveGiB: memory.optional(),
        memoryBelowGiB: memory.optional(),
      },
      ID_FORM,
    ).transform((written, context) => {
      const { id, byCount, otherIds: others, ...range } = written;
      const also = others === undefined ? {} : { otherIds: others };
      if (id !== undefined && byCount === undefined) return { id, ...also, ...range };
      if (byCount !== undefined && id === undefined && Object.keys(range).length === 0) return { byCount, ...also };
      context.addIssue(`must be ${ID_FORM}`);
      return z.NEVER;
    }),
  ],
  { error: mustBe(ID_FORM) },
);

const gpu = closedObject(
  {
    memoryGiB: memory.optional(),
    displayName: lineOfText(64).optional(),
    vendor: z.enum(['nvidia', 'amd', 'other'], { error: mustBe("'nvidia', 'amd' or 'other'") }).optional(),
    aliases: z
      .array(z.string({ error: mustBe("a GPU's name such as 'our_h100'") }), {
        error: mustBe("a list of names such as ['our_h100']"),
      })
      .max(64, { error: 'has too many entries: at most 64' })
      .optional(),
    ids: z
      .record(z.string(), gpuId, { error: mustBe("a map of providers to their ids such as { my-cloud: 'H100-80' }") })
      .optional(),
  },
  GPU_FORM,
);

/** The GPUs in a configuration file, by name, as entries for `GPU_CATALOGUE.extend`. */
export const gpusSchema = z
  .record(z.string(), gpu, { error: mustBe(`a map of names to GPUs, each ${GPU_FORM}`) })
  .transform((written): GpuEntry[] => Object.entries(written).map(([name, entry]) => ({ name, ...entry })));

/** Problems of GPUs with each other and with those in the catalogue. */
export function findGpuContradictions(entries: readonly GpuEntry[]): Issue[] {
  return GPU_CATALOGUE.issuesOf(entries).map(({ path, message }) => {
    const [name = '', field, index] = path;
    // Aliases are a list: their path has a number.
    const at = field === 'aliases' && index !== undefined ? [name, field, Number(index)] : path;
    return { path: ['gpus', ...at], message };
  });
}
