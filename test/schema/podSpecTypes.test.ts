import type { z } from 'zod';
import { emptyPodSpec } from '../../src/model';
import type { Candidate, PodSpec, PodSpecInput } from '../../src/model';
import { parsePodSpec } from '../../src/schema';
import type { podSpecSchema } from '../../src/schema/podSpecSchema';

// `src/model/podSpec.ts` is generated from the schema. Here the compiler compares the two: an assignment fails that doesn't fit.

type Written = z.input<typeof podSpecSchema>;
type Output = Required<z.output<typeof podSpecSchema>>;
/** Lists of GPUs become candidates, see `podSpec.ts`. */
type Checked = Omit<Output, 'id' | 'gpu' | 'candidates'> & {
  gpu: Exclude<Output['gpu'], unknown[]>;
  candidates: Candidate[];
};
type CheckedCandidate = Required<Output['candidates'][number]>;

/** With durations by their names in a completed spec. */
type Completed = {
  [Field in keyof Checked as `${Field}Ms` extends keyof PodSpec ? `${Field}Ms` : Field]: Checked[Field];
};

test('what users write has the types that the schema takes', () => {
  const written: Required<Written> = {} as never;
  const input: Required<PodSpecInput> = written;
  const back: Required<Written> = input;
  expect(back).toBe(written);
});

test('a completed spec has the types that the schema gives', () => {
  const completed: Completed = {} as never;
  const spec: { [Field in keyof PodSpec]: PodSpec[Field] | undefined } = completed;
  expect(spec).toBe(completed);
});

test('a completed candidate has the types that the schema gives', () => {
  const checked: Omit<CheckedCandidate, 'gpu' | 'offerTimeout'> = {} as never;
  const candidate: Omit<Candidate, 'gpu' | 'offerTimeoutMs'> = checked;
  expect(candidate).toBe(checked);
});

test('a spec without fields is completed to the empty one', () => {
  expect(parsePodSpec({}).spec).toEqual(emptyPodSpec());
});
