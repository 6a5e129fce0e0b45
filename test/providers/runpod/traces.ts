import { inspect } from 'node:util';

/** Which of these secrets a text contains, plain or encoded. */
export function tracesIn(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
}

function formsOf(secret: string): string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    quoted,
    JSON.stringify(quoted).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    inspect(secret, { maxStringLength: null, breakLength: Infinity }).slice(1, -1),
    // A part of a secret counts, too.
    secret.slice(0, 40),
    ...secret.split('\n').filter((line) => line.length > 20),
  ];
  return forms.filter((form) => form.length >= 8);
}
