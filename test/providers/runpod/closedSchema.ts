/**
 * The fields of REST v2's create request and their forms, copied by hand from RunPod's OpenAPI document (`CreatePodRequest` and what it is made of, as of
 * 2026-08-20). Its schema is closed: whatever else is sent is answered by 422.
 */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isFilled,
  image: isText,
  args: isText,
  disk: atLeast(1),
  env: (value) => isObject(value) && Object.values(value).every(isText),
  ports: isListOfTexts,
  registry: (value) => value === null || isText(value),
  cloud: oneOf('SECURE', 'COMMUNITY'),
  cpu: closed({ id: isFilled, vcpuCount: (value) => atLeast(2)(value) && Number.isInteger(Math.log2(Number(value))) }, [
    'id',
    'vcpuCount',
  ]),
  gpu: closed(
    {
      id: isText,
      count: atLeast(1),
      allowedCudaVersions: (value) => isListOfTexts(value) && value.every((version) => /^\d+\.\d+$/.test(version)),
      minCudaVersion: (value) => isText(value) && /^\d+\.\d+$/.test(value),
    },
    ['id'],
  ),
  dataCenterIds: isListOfTexts,
  globalNetworking: isFlag,
  mounts: closed(
    {
      persistent: closed({ size: atLeast(10), path: isText }, ['size', 'path']),
      network: (value) =>
        Array.isArray(value) &&
        value.length <= 1 &&
        value.every(closed({ volumeId: isText, path: isText }, ['volumeId', 'path'])),
    },
    [],
  ),
  startJupyter: isFlag,
  startSsh: isFlag,
  templateId: isFilled,
};

/** The errors of a create request by RunPod's schema and its additional constraints; empty if it is valid. */
export function faultsOfCreate(body: unknown): string[] {
  if (!isObject(body)) return ['it is no object'];
  const wrong = Object.entries(body).filter(([name, value]) => !(Object.hasOwn(FIELDS, name) && FIELDS[name]?.(value)));
  const faults = wrong.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  if (!('name' in body)) faults.push('name is missing');
  if (!('image' in body) && !('templateId' in body)) faults.push('neither image nor templateId');
  if ('gpu' in body === 'cpu' in body) faults.push('exactly one of gpu and cpu');
  const mounts = isObject(body['mounts']) ? body['mounts'] : {};
  if ('persistent' in mounts && 'network' in mounts) faults.push('persistent and network');
  if ('persistent' in mounts && 'cpu' in body) faults.push('persistent with a cpu');
  return faults;
}

function closed(fields: Readonly<Record<string, (value: unknown) => boolean>>, required: readonly string[]) {
  return (value: unknown): boolean =>
    isObject(value) &&
    required.every((name) => name in value) &&
    Object.entries(value).every(([name, field]) => Object.hasOwn(fields, name) && fields[name]?.(field) === true);
}

function atLeast(least: number) {
  return (value: unknown): boolean => Number.isInteger(value) && Number(value) >= least;
}

function oneOf(...words: readonly string[]) {
  return (value: unknown): boolean => isText(value) && words.includes(value);
}

function isFilled(value: unknown): boolean {
  return isText(value) && value !== '';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
