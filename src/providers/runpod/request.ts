import type { PodSpec } from '../../model';
import type { PodRequest } from '../contract';
import { checkOptions } from './options';
import { refuse } from './rules';

/** The fields of a spec that RunPod restricts. */
type CheckedFields = Pick<
  PodSpec,
  'gpu' | 'image' | 'template' | 'volumeGiB' | 'networkVolume' | 'providerOptions' | 'cpu' | 'cloudType' | 'spot'
>;

/** Options that are passed on in the request. */
const PASSED_ON = ['registry', 'startSsh', 'startJupyter', 'globalNetworking'] as const;
/** Options that are passed on in the request's `gpu` object. */
const PASSED_ON_WITH_GPU = ['allowedCudaVersions', 'minCudaVersion'] as const;
/** Where volumes are mounted. RunPod has no default; its own templates use this path. */
const DEFAULT_MOUNT_PATH = '/workspace';
/** RunPod's minimum for a volume on the pod's host. */
const MIN_VOLUME_GIB = 10;

/**
 * Refuses what RunPod doesn't support, before any call.
 *
 * @throws PodkeeperError `validation` or `unsupported`, refused, naming the field.
 */
export function checkFields(spec: CheckedFields): void {
  if (spec.image === null && spec.template === null) {
    refuse('validation', 'image', "is missing: set it, for instance to 'org/image:tag', or set template");
  }
  if (spec.spot) refuse('unsupported', 'spot', "RunPod's API no longer supports spot pods: remove spot");
  checkVolumes(spec);
  if (spec.gpu === null && spec.cloudType === 'community') {
    refuse('unsupported', 'cloudType', "RunPod's community cloud has no CPU pods: remove cloudType, or set gpu");
  }
  if (spec.gpu !== null && spec.cpu !== null) {
    refuse('unsupported', 'cpu', 'RunPod chooses cores and memory for GPU pods: remove cpu');
  }
  checkOptions(spec);
}

function checkVolumes({ volumeGiB, networkVolume, gpu, cloudType }: CheckedFields): void {
  if (volumeGiB !== null && networkVolume !== null) {
    refuse('validation', 'volumeGiB', 'RunPod mounts one volume per pod: remove volumeGiB or networkVolume');
  }
  if (volumeGiB !== null && volumeGiB < MIN_VOLUME_GIB) {
    refuse('validation', 'volumeGiB', `RunPod's minimum is ${MIN_VOLUME_GIB} GiB: ask for more, or remove it`);
  }
  if (volumeGiB !== null && gpu === null) {
    refuse('unsupported', 'volumeGiB', "RunPod's CPU pods have no volume of their own: use networkVolume");
  }
  if (networkVolume !== null && cloudType === 'community') {
    refuse(
      'unsupported',
      'networkVolume',
      "is only available in RunPod's secure cloud: remove cloudType, or use volumeGiB",
    );
  }
}

/** A CPU flavour and how many of its cores. */
export interface CpuChoice {
  id: string;
  vcpuCount: number;
}

/** The hardware to request. */
export type Hardware = { gpu: { id: string; count: number } } | { cpu: CpuChoice };

/** The body of REST v2's `POST /pods`. */
export function createBody(request: PodRequest, hardware: Hardware): Record<string, unknown> {
  const { providerOptions, image, template, command, diskGiB, cloudType, regions } = request;
  const ports = request.ports.map(({ port, protocol }) => `${port}/${protocol}`);
  return {
    name: request.name,
    ...(image === null ? {} : { image }),
    ...(template === null ? {} : { templateId: template }),
    ...(command === null ? {} : { args: commandText(command) }),
    ...(diskGiB === null ? {} : { disk: diskGiB }),
    // A copy without a prototype's setters, so that a variable may be named __proto__.
    env: Object.fromEntries(Object.entries(request.env)),
    // An empty list would remove the template's ports.
    ...(ports.length === 0 && template !== null ? {} : { ports }),
    ...('gpu' in hardware ? { gpu: { ...hardware.gpu, ...pick(providerOptions, PASSED_ON_WITH_GPU) } } : hardware),
    ...(cloudType === 'any' ? {} : { cloud: cloudType.toUpperCase() }),
    ...(regions.length === 0 ? {} : { dataCenterIds: regions.map((region) => region.toUpperCase()) }),
    ...mountsOf(request),
    ...pick(providerOptions, PASSED_ON),
  };
}

/** RunPod's form for a program and its arguments, run without a shell. */
function commandText([program, ...rest]: readonly string[]): string {
  return JSON.stringify({ entrypoint: [program], cmd: rest });
}

function mountsOf({ volumeGiB, networkVolume, providerOptions }: PodRequest): Record<string, unknown> {
  const path = providerOptions['mountPath'] ?? DEFAULT_MOUNT_PATH;
  if (networkVolume !== null) return { mounts: { network: [{ volumeId: networkVolume, path }] } };
  if (volumeGiB !== null) return { mounts: { persistent: { size: volumeGiB, path } } };
  return {};
}

function pick(options: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.filter((field) => Object.hasOwn(options, field)).map((field) => [field, options[field]]),
  );
}
