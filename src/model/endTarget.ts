import { isOfLife } from './names';

/** What to end. `pod`: exactly this one. `name`: every pod of this name. `life`: every pod whose name has the prefix. */
export type EndTarget =
  | { kind: 'pod'; id: string; name: string }
  | { kind: 'name'; name: string; pods: { id: string; name: string }[] }
  | { kind: 'life'; prefix: string; pods: { id: string; name: string }[]; unknownNames: boolean };

/** Tells whether a pod is one of those to end: by exact id *and* name, by the exact name, or by the prefix of its life. */
export function isEndTarget(target: EndTarget, { id, name }: { id: string; name: string }): boolean {
  if (target.kind === 'pod') return id === target.id && name === target.name;
  return target.kind === 'name' ? name === target.name : isOfLife(name, target.prefix);
}

/** The pods of a target that are known. */
export function knownPods(target: EndTarget): { id: string; name: string }[] {
  return target.kind === 'pod' ? [target] : target.pods;
}
