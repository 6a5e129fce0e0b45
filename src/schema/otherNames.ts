import type { z } from 'zod';
import { lettersOf, looksSecret } from './closedObject';
import { factsOf } from './field';

type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * What to write instead of a key that is not a field of a spec: the fields' names in RunPod's REST API (v1 and v2), SkyPilot, dstack, Vast, Kubernetes and
 * Docker Compose. `undefined` if only the spelling can help.
 */
export function explainKey(key: string, fields: Fields): string | undefined {
  const letters = lettersOf(key);
  for (const [name, schema] of Object.entries(fields)) {
    const { alsoCalled = [], hints = {} } = factsOf(schema);
    if (alsoCalled.includes(letters)) return `is not a field; did you mean ${name}?`;
    const hint = Object.entries(hints).find(([keys]) => keys.split(' ').includes(letters))?.[1];
    if (hint !== undefined) return `is not a field: ${hint}`;
  }
  if (!looksSecret(key)) return undefined;
  return "is not a field: no key belongs in a spec; the provider's is in the worker's environment, and the pod's own are given as env: { NAME: { secret: NAME } }";
}
