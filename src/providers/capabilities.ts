import type { PodSpec } from '../model';
import { PodkeeperError } from '../model';
import type { Capability, Provider } from './contract';

/** A field of a spec that a provider can't do. */
export interface UnsupportedField {
  /** `cloudType`, `ports[1]`, … */
  path: string;
  /** What the provider lacks. */
  message: string;
}

/** Names the fields of a spec that need a capability which the provider lacks. No call is made. */
export function unsupportedFields(
  spec: PodSpec,
  provider: Pick<Provider, 'name' | 'capabilities'>,
): UnsupportedField[] {
  return needsOf(spec)
    .filter((need) => !provider.capabilities.has(need.capability))
    .map(({ path, lacks, instead }) => ({ path, message: `${provider.name} ${lacks}: ${instead}` }));
}

/**
 * Refuses a spec that the provider can't do, before any call.
 *
 * @throws PodkeeperError `unsupported`, naming the provider and every such field; `details` is the list of `{ path, message }`
 */
export function requireSupported(spec: PodSpec, provider: Pick<Provider, 'name' | 'capabilities'>): void {
  const fields = unsupportedFields(spec, provider);
  if (fields.length === 0) return;
  const lines = fields.map(({ path, message }) => `${path}: ${message}`);
  const heading = `The provider ${provider.name} can't do what the spec asks for`;
  throw new PodkeeperError(
    'unsupported',
    lines.length === 1 ? `${heading}: ${lines.join('')}` : `${heading}:\n  ${lines.join('\n  ')}`,
    { provider: provider.name, refused: true, details: fields },
  );
}

interface Need {
  path: string;
  capability: Capability;
  /** What the provider doesn't do. */
  lacks: string;
  /** What to do about it. */
  instead: string;
}

function needsOf(spec: PodSpec): Need[] {
  const needs: Need[] = [];
  function need(path: string, capability: Capability, lacks: string, instead = `remove ${path}${OR_ANOTHER}`): void {
    needs.push({ path, capability, lacks, instead });
  }
  if (spec.gpu === null) need('gpu', 'cpu', 'rents no pods without a GPU', `name a gpu${OR_ANOTHER}`);
  else need('gpu', 'gpu', 'rents no pods with a GPU');
  if (spec.cpu !== null) need('cpu', 'cpu_size', "doesn't let cores or memory be chosen");
  if (spec.image !== null) need('image', 'image', 'runs no images');
  if (spec.command !== null) need('command', 'command', 'takes no command');
  if (spec.cloudType !== 'any') need('cloudType', 'cloud_type', 'knows no cloud types');
  if (spec.spot) need('spot', 'spot', 'has no spot pods');
  if (spec.regions.length > 0) need('regions', 'region', "doesn't let a region be chosen");
  if (spec.volumeGiB !== null) need('volumeGiB', 'disk', 'takes no disk sizes');
  if (spec.diskGiB !== null) need('diskGiB', 'disk', 'takes no disk sizes');
  if (spec.networkVolume !== null) need('networkVolume', 'network_volumes', 'has no network volumes');
  if (spec.template !== null) need('template', 'template', 'has no templates');
  for (const [index, { port, protocol }] of spec.ports.entries()) {
    const path = `ports[${index}]`;
    if (protocol === 'http') need(path, 'http_proxy', 'has no HTTP proxy', `ask for '${port}/tcp'${OR_ANOTHER}`);
    else need(path, 'raw_tcp', 'opens no TCP ports', `ask for '${port}/http'${OR_ANOTHER}`);
  }
  return needs;
}

const OR_ANOTHER = ', or take another provider';
