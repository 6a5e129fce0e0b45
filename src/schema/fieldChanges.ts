import { Scalar, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { z } from 'zod';
import { formsOf, formsUnder } from './forms';
import type { Issue, Path } from './issues';
import { podSpecSchema } from './podSpecSchema';
import { isDuration } from './scalars';

type Schema = z.core.$ZodType;

/** A new value for a field of a spec file, from `--set`, `--label` and so on. */
export interface FieldChange {
  path: readonly string[];
  /** As it was typed. */
  text: string;
  /** Its source, for messages: `--set`, or a file and its line. */
  from: string;
}

/** A spec with changed fields, and the changes that can't be read. Copies entries, so that a key such as `__proto__` is not special. */
export function withChanges(spec: unknown, changes: readonly FieldChange[]): { data: unknown; issues: Issue[] } {
  const issues: Issue[] = [];
  let data = spec;
  for (const { path, text } of changes) {
    const forms = path.reduce<readonly Schema[]>(formsUnder, formsOf(podSpecSchema));
    const read = valueOf(text, forms);
    if ('fault' in read) issues.push({ path, message: read.fault });
    else data = changed(data, path, read.value);
  }
  return { data, issues };
}

/** The last change of a field, of one inside it or of one that contains it. */
export function changeAt(path: Path, changes: readonly FieldChange[]): FieldChange | undefined {
  if (path.length === 0) return undefined;
  return changes.findLast((change) =>
    change.path.slice(0, path.length).every((segment, index) => segment === String(path[index])),
  );
}

/**
 * The value of a text at a place of the spec. If the schema allows a text there, it is that text, unchanged. Otherwise it is read as YAML (numbers, lists
 * and so on), with each text in it unchanged, too.
 */
function valueOf(text: string, forms: readonly Schema[]): { value: unknown } | { fault: string } {
  if (forms.every((form) => isText(form) || form instanceof z.ZodNull) || takesText(text, forms)) {
    return { value: text === 'null' && forms.some((form) => form instanceof z.ZodNull) ? null : text };
  }
  const document = parseDocument(text, { version: '1.2', schema: 'core', keepSourceTokens: true, prettyErrors: false });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) return { fault: `is not valid YAML: ${fault.message}` };
  return { value: asWritten(document.contents, forms) };
}

function asWritten(node: unknown, forms: readonly Schema[]): unknown {
  if (isSeq(node)) {
    return node.items.map((item, index) => asWritten(item, formsUnder(forms, String(index))));
  }
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => {
        const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
        return [name, asWritten(value, formsUnder(forms, name))];
      }),
    );
  }
  if (!isScalar(node)) return null;
  const isPlain = node.type === undefined || node.type === Scalar.PLAIN;
  return isPlain && node.source !== undefined && takesText(node.source, forms) ? node.source : node.value;
}

function isText(form: Schema): boolean {
  return isDuration(form) || form instanceof z.ZodString || form instanceof z.ZodEnum || form instanceof z.ZodLiteral;
}

function takesText(text: string, forms: readonly Schema[]): boolean {
  return forms.some((form) => isText(form) && z.safeParse(form, text).success);
}

function changed(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(target) && /^\d{1,4}$/.test(key)) {
    const list: unknown[] = [...(target as unknown[])];
    list[Number(key)] = changed(list[Number(key)], rest, value);
    return list;
  }
  const entries = Object.entries(typeof target === 'object' && target !== null ? target : {});
  const before = entries.find(([name]) => name === key)?.[1] as unknown;
  return Object.fromEntries([...entries.filter(([name]) => name !== key), [key, changed(before, rest, value)]]);
}
