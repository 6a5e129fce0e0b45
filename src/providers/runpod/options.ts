import { refuse } from './rules';

/** The fields of a spec that its options depend on. */
export interface OptionSubject {
  gpu: unknown;
  volumeGiB: number | null;
  networkVolume: string | null;
  providerOptions: Readonly<Record<string, unknown>>;
}

/** The types of options, each with its message and its check. */
const FORMS = {
  flag: ['must be true or false', (value: unknown) => typeof value === 'boolean'],
  id: ["must be an id, for instance 'clzdaifot0001l90809257ynb'", isText],
  path: ["must be an absolute path in the pod, for instance '/workspace'", isAbsolutePath],
  version: ["must be a version such as '12.8'", isVersion],
  versions: ["must be a list of versions such as ['12.8']", isListOfVersions],
} as const;

/** Fields of RunPod's create request that aren't set by a spec field. RunPod refuses unknown fields. */
const OPTIONS: Readonly<Record<string, keyof typeof FORMS>> = {
  registry: 'id',
  startSsh: 'flag',
  startJupyter: 'flag',
  globalNetworking: 'flag',
  allowedCudaVersions: 'versions',
  minCudaVersion: 'version',
  mountPath: 'path',
};
/** Options that need a GPU. */
const WITH_GPU: ReadonlySet<string> = new Set(['globalNetworking', 'allowedCudaVersions', 'minCudaVersion']);

/**
 * Refuses unknown options of RunPod's create request, and invalid values.
 *
 * @throws PodkeeperError `validation`, refused, naming the option.
 */
export function checkOptions(subject: OptionSubject): void {
  for (const [option, value] of Object.entries(subject.providerOptions)) checkOption(option, value, subject);
  const { allowedCudaVersions, minCudaVersion } = subject.providerOptions;
  if (minCudaVersion !== undefined && Array.isArray(allowedCudaVersions) && allowedCudaVersions.length > 0) {
    const message = 'RunPod accepts either allowedCudaVersions or minCudaVersion: remove one of them';
    refuse('validation', 'providerOptions.minCudaVersion', message);
  }
}

function checkOption(option: string, value: unknown, { gpu, volumeGiB, networkVolume }: OptionSubject): void {
  const field = `providerOptions.${option}`;
  const form = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
  if (form === undefined) {
    const known = Object.keys(OPTIONS).join(', ');
    refuse('validation', field, `RunPod's create request has no such field: remove it, or use one of ${known}`);
  }
  const [says, isRight] = FORMS[form];
  if (!isRight(value)) refuse('validation', field, says);
  if (WITH_GPU.has(option) && gpu === null) refuse('validation', field, 'needs a GPU: set gpu, or remove it');
  if (option === 'mountPath' && volumeGiB === null && networkVolume === null) {
    refuse('validation', field, 'needs a volume: set volumeGiB or networkVolume, or remove it');
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isAbsolutePath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^\0]+$/.test(value);
}

function isVersion(value: unknown): boolean {
  return typeof value === 'string' && /^\d+\.\d+$/.test(value);
}

function isListOfVersions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isVersion);
}
