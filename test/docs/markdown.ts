import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** Every Markdown file that a reader meets, by its path from the root. */
export function markdownFiles(): string[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...atRoot, ...inDocs].toSorted();
}

/** A file of the repository, by its path from the root. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The code blocks of a language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)].flatMap(([, written, code]) =>
    written === language && code !== undefined ? [code] : [],
  );
}

/** All but the code blocks. */
export function prose(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** What stands under a heading, up to the next one. */
export function section(text: string, heading: string): string {
  const [, found] = text.split(new RegExp(`^#+ ${heading}$`, 'm'));
  if (found === undefined) throw new Error(`there is no heading '${heading}'`);
  return found.split(/^#+ /m)[0] ?? '';
}

/** The rows of the tables in a text, each cell without its backquotes; headings are left out. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    );
}

function isRule(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}

/** The names by which the headings of a text can be linked to. */
export function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
