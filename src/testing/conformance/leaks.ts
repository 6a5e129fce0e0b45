import { inspect } from 'node:util';

const MAX_DEPTH = 8;

/** Where a value contains one of the secrets, plain or encoded; `null` if it doesn't. */
export function traceOf(value: unknown, secrets: readonly string[]): string | null {
  const texts = textsOf(value);
  for (const secret of secrets.filter((of) => of !== '')) {
    for (const { form, written } of formsOf(secret)) {
      const found = texts.find(({ text }) => text.includes(written));
      if (found !== undefined) return `its ${found.where}${form}`;
    }
  }
  return null;
}

function formsOf(secret: string): { form: string; written: string }[] {
  return [
    { form: '', written: secret },
    { form: ', percent-encoded', written: encodeURIComponent(secret) },
    { form: ', escaped as JSON', written: JSON.stringify(secret).slice(1, -1) },
    { form: ', in base64', written: Buffer.from(secret).toString('base64') },
    { form: ', in base64url', written: Buffer.from(secret).toString('base64url') },
  ];
}

interface Text {
  where: string;
  text: string;
}

function textsOf(value: unknown, where = '', depth = 0): Text[] {
  if (value === undefined || depth > MAX_DEPTH) return [];
  const at = (name: string): string => (where === '' ? name : `${where} ${name}`);
  const texts: Text[] = [
    {
      where: at('inspect() output'),
      text: inspect(value, {
        depth: Infinity,
        showHidden: true,
        maxStringLength: Infinity,
        maxArrayLength: Infinity,
        breakLength: Infinity,
      }),
    },
    { where: at('JSON'), text: jsonOf(value) },
  ];
  if (typeof value !== 'object' || value === null) return texts;
  const { message, stack, cause } = value as { message?: unknown; stack?: unknown; cause?: unknown };
  if (typeof message === 'string') texts.unshift({ where: at('message'), text: message });
  if (typeof stack === 'string') texts.push({ where: at('stack'), text: stack });
  return [...texts, ...textsOf(cause, at('cause:'), depth + 1)];
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
