import { emptyPodSpec, formatPodName, lifePrefix } from '../../src/model';
import type { LifeName, PollInput, Pod, Settings } from '../../src/model';
import type { Provider } from '../../src/providers/contract';

/** The identity of pods in the benchmarks. */
export const IDENTITY = { deployment: 'bench', controlPlane: 'aaaa' };
export const ACCOUNT = 'bench';
const CREATES_AT_ONCE = 16;
const CREATE_LIMIT_MS = 60_000;

/** A claim's pod. */
export interface RentedPod {
  pod: Pod;
  name: LifeName;
}

/** Rents pods through the provider, each for its own claim. */
export async function rentPods(provider: Provider, count: number): Promise<RentedPod[]> {
  const rented: RentedPod[] = [];
  for (let begin = 0; begin < count; begin += CREATES_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(CREATES_AT_ONCE, count - begin) }, (_, index) => begin + index);
    rented.push(...(await Promise.all(numbers.map((number) => rentPod(provider, number)))));
  }
  return rented;
}

async function rentPod(provider: Provider, number: number): Promise<RentedPod> {
  const name = { ...IDENTITY, claim: `render-${number}`, life: 'bbbbbb' };
  const { owner: _owner, provider: _provider, account: _account, ...spec } = emptyPodSpec();
  const request = { ...spec, gpu: 'a4000', image: 'org/image', ports: [{ port: 8000, protocol: 'http' as const }] };
  const pod = await provider.spawn(
    { ...request, name: formatPodName({ ...name, attempt: 1 }), env: {}, notAfter: null },
    { signal: AbortSignal.timeout(CREATE_LIMIT_MS) },
  );
  return { pod, name };
}

/** The input that a claim's workflow passes to each look. */
export function lookInputOf({ pod, name }: RentedPod, settings: Settings): PollInput {
  return {
    account: ACCOUNT,
    podId: pod.id,
    name: pod.name,
    prefix: lifePrefix(name),
    terminatingIds: [],
    spec: emptyPodSpec(),
    absenceCountsFrom: new Date(0).toISOString(),
    absence: null,
    alarmsReported: [],
    settings,
  };
}
