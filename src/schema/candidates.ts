import type { z } from 'zod';
import { MOST_OFFERS } from '../model';
import type { Issue } from './issues';
import { formatPath } from './issues';
import { isPlainObject } from './plainData';
import type { podSpecSchema } from './podSpecSchema';

type Checked = z.output<typeof podSpecSchema>;
type CheckedCandidate = NonNullable<Checked['candidates']>[number];
type OneGpu = Exclude<NonNullable<Checked['gpu']>, unknown[]>;

/** They are part of a claim's history, once for each account. */
const MOST_BYTES = 128 * 1_024;

/** Candidates with at most one GPU each, and which one each was written as; `null` for the spec itself. */
export function normalizedCandidates(
  written: readonly CheckedCandidate[] | undefined,
  gpu: Checked['gpu'],
): { listed: (Omit<CheckedCandidate, 'gpu'> & { gpu?: OneGpu })[]; origins: (number | null)[] } {
  const ofSpec = gpusOf(gpu);
  // One GPU of the spec is everybody's already.
  const inherited = ofSpec.length > 1 ? ofSpec : [];
  const origins = written === undefined ? [null] : written.map((_, index) => index);
  const each = (written ?? [{}]).flatMap((candidate, index) => {
    const { gpu: own, ...fields } = candidate;
    const gpus = own === undefined ? inherited : gpusOf(own);
    const origin = origins[index] ?? null;
    if (gpus.length > 0) return gpus.map((one) => ({ candidate: { ...fields, gpu: one }, origin }));
    return written === undefined ? [] : [{ candidate: fields, origin }];
  });
  return { listed: each.map(({ candidate }) => candidate), origins: each.map(({ origin }) => origin) };
}

/** The GPUs of a field; none if it was left out. */
export function gpusOf(gpu: Checked['gpu']): OneGpu[] {
  if (gpu === undefined) return [];
  return Array.isArray(gpu) ? gpu : [gpu];
}

/** Too many candidates, or too large ones, after each list of GPUs was multiplied out. */
export function sizeIssues(candidates: readonly object[], field: 'gpu' | 'candidates'): Issue[] {
  if (candidates.length > MOST_OFFERS) {
    const message = `are ${candidates.length} offers with each gpu of the lists: at most ${MOST_OFFERS}`;
    return [{ path: [field], message }];
  }
  if (Buffer.byteLength(JSON.stringify(candidates)) > MOST_BYTES) {
    return [{ path: [field], message: 'are too large: at most 128 KiB as JSON, each gpu of the lists on its own' }];
  }
  return [];
}

/**
 * Problems of two fields in each candidate merged with the spec, or in the spec itself if it has no candidates. What the spec alone gets wrong is said of
 * the spec, once.
 */
export function contradictionsOfEach(
  data: Record<string, unknown>,
  find: (data: Record<string, unknown>) => Issue[],
): Issue[] {
  const { candidates, ...spec } = data;
  if (!Array.isArray(candidates) || candidates.length === 0) return find(spec);
  const ofSpec = new Set(find(spec).map(keyOf));
  // More are refused anyway.
  return candidates.slice(0, MOST_OFFERS).flatMap((candidate: unknown, index) => {
    if (!isPlainObject(candidate)) return [];
    return find({ ...spec, ...candidate }).map((issue) =>
      ofSpec.has(keyOf(issue)) ? issue : { ...issue, path: ['candidates', index, ...issue.path] },
    );
  });
}

function keyOf({ path, message }: Issue): string {
  return `${formatPath(path)}: ${message}`;
}
