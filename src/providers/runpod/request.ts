import type { PodSpec } from '../../model';
import type { PodRequest } from '../contract';
import { checkOptions } from './options';
import { refuse } from './refuse';

/** The part of a spec that is a matter of this provider alone. */
type CheckedFields = Pick<
  PodSpec,
  'gpu' | 'image' | 'template' | 'volumeGiB' | 'networkVolume' | 'providerOptions' | 'cpu' | 'cloudType' | 'spot'
>;

/** Options that go into the request under their own names. */
const PASSED_ON = ['registry', 'startSsh', 'startJupyter', 'globalNetworking'] as const;
/** Options that go into its `gpu` object. */
const PASSED_ON_WITH_GPU = ['allowedCudaVersions', 'minCudaVersion'] as const;
/** Where a volume is mounted; RunPod itself names no default. This is the path of its own templates. */
const DEFAULT_MOUNT_PATH = '/workspace';
/** The floor that RunPod states for a volume on the pod's host. */
const LEAST_VOLUME_GIB = 10;

/**
 * Refuses what RunPod can't do or would refuse, before any call.
 *
 * @throws PodkeeperError `validation` or `unsupported`, refused, naming the field.
 */
export function checkFields(spec: CheckedFields): void {
  if (spec.image === null && spec.template === null) {
    refuse('validation', 'image', "say what to run, such as 'org/image:tag', or name a template");
  }
  if (spec.spot) refuse('unsupported', 'spot', 'RunPod takes spot pods out of its API: remove spot');
  checkVolumes(spec);
  if (spec.gpu === null && spec.cloudType === 'community') {
    refuse('unsupported', 'cloudType', "RunPod's community cloud has no CPU pods: remove cloudType, or name a gpu");
  }
  if (spec.gpu !== null && spec.cpu !== null) {
    refuse('unsupported', 'cpu', 'RunPod chooses cores and memory beside a GPU: remove cpu');
  }
  checkOptions(spec);
}

function checkVolumes({ volumeGiB, networkVolume, gpu, cloudType }: CheckedFields): void {
  if (volumeGiB !== null && networkVolume !== null) {
    refuse('validation', 'volumeGiB', 'RunPod mounts one volume a pod: remove volumeGiB or networkVolume');
  }
  if (volumeGiB !== null && volumeGiB < LEAST_VOLUME_GIB) {
    refuse('validation', 'volumeGiB', `RunPod's volumes begin at ${LEAST_VOLUME_GIB} GiB: ask for more, or remove it`);
  }
  if (volumeGiB !== null && gpu === null) {
    refuse('unsupported', 'volumeGiB', 'RunPod gives CPU pods no volume of their own: use networkVolume');
  }
  if (networkVolume !== null && cloudType === 'community') {
    refuse('unsupported', 'networkVolume', "is in RunPod's secure cloud only: remove cloudType, or use volumeGiB");
  }
}

/** A CPU flavour and how many of its cores. */
export interface CpuChoice {
  id: string;
  vcpuCount: number;
}

/** What decides on the hardware, once it is known. */
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
    // A copy, which has no prototype's say: a variable may be called __proto__.
    env: Object.fromEntries(Object.entries(request.env)),
    // An empty list would take a template's ports away.
    ...(ports.length === 0 && template !== null ? {} : { ports }),
    ...('gpu' in hardware ? { gpu: { ...hardware.gpu, ...pick(providerOptions, PASSED_ON_WITH_GPU) } } : hardware),
    ...(cloudType === 'any' ? {} : { cloud: cloudType.toUpperCase() }),
    ...(regions.length === 0 ? {} : { dataCenterIds: regions.map((region) => region.toUpperCase()) }),
    ...mountsOf(request),
    ...pick(providerOptions, PASSED_ON),
  };
}

/** The form in which RunPod takes a program and its arguments apart, instead of through a shell. */
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
