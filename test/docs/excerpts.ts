import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, read } from './markdown';

const EXAMPLE = join('examples', 'own-provider');

/** Whether a code block stands word for word in the example of a provider, whose own tests run it. */
export function isExcerpt(block: string): boolean {
  return readdirSync(join(ROOT, EXAMPLE))
    .filter((file) => file.endsWith('.ts'))
    .some((file) => withoutLayout(read(join(EXAMPLE, file))).includes(withoutLayout(block)));
}

function withoutLayout(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim();
}
