import type { PodSpec } from '../model';
import { isStated, POD_SPEC_NEEDS, PodkeeperError } from '../model';
import type { Capability, Provider } from './contract';

/** A spec field that a provider doesn't support. */
export interface UnsupportedField {
  /** `cloudType`, `ports[1]`, … */
  path: string;
  /** What the provider doesn't support, and what to do instead. */
  message: string;
}

/** Lists the fields of a spec that need a capability which the provider doesn't have. Makes no call. */
export function unsupportedFields(
  spec: PodSpec,
  provider: Pick<Provider, 'name' | 'capabilities'>,
): UnsupportedField[] {
  return needsOf(spec)
    .filter((need) => !provider.capabilities.has(need.capability))
    .map(({ path, lacks, instead }) => ({ path, message: `${provider.name} ${lacks}: ${instead}` }));
}

/**
 * Refuses a spec that the provider doesn't support, before any call.
 *
 * @throws PodkeeperError `unsupported`, naming the provider and every unsupported field; `details` is a list of `{ path, message }`
 */
export function requireSupported(spec: PodSpec, provider: Pick<Provider, 'name' | 'capabilities'>): void {
  const fields = unsupportedFields(spec, provider);
  if (fields.length === 0) return;
  const lines = fields.map(({ path, message }) => `${path}: ${message}`);
  const heading = `The provider ${provider.name} doesn't support this spec`;
  throw new PodkeeperError(
    'unsupported',
    lines.length === 1 ? `${heading}: ${lines.join('')}` : `${heading}:\n  ${lines.join('\n  ')}`,
    { provider: provider.name, refused: true, details: fields },
  );
}

/** A capability that one field of a spec needs. */
interface Need {
  path: string;
  capability: Capability;
  /** What the provider doesn't support. */
  lacks: string;
  /** What to do instead. */
  instead: string;
}

function needsOf(spec: PodSpec): Need[] {
  return POD_SPEC_NEEDS.flatMap(({ field, when, capability, lacks, instead }) =>
    placesOf(spec, field, when).map(({ path, port }) => {
      const change = instead?.replace('{port}', String(port)) ?? `remove ${path}`;
      return { path, capability, lacks, instead: `${change}, or choose another provider` };
    }),
  );
}

/** The paths at which a spec needs a capability. */
function placesOf(
  spec: PodSpec,
  field: keyof PodSpec,
  when: (typeof POD_SPEC_NEEDS)[number]['when'],
): { path: string; port?: number }[] {
  if (when === 'given') return isStated(spec, field) ? [{ path: field }] : [];
  if (when === 'left out') return isStated(spec, field) ? [] : [{ path: field }];
  return spec.ports.flatMap(({ port, protocol }, index) =>
    protocol === when ? [{ path: `ports[${index}]`, port }] : [],
  );
}
