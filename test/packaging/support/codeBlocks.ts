import { prose, read } from '../../docs/markdown';

/** A code block of a Markdown file. */
export interface CodeBlock {
  /** `docs/testing.md#faults`, and `docs/testing.md#faults.2` for the second one under that heading. */
  name: string;
  language: string;
  code: string;
}

/** All code blocks of a file, named by the headings over them. */
export function namedBlocks(file: string): CodeBlock[] {
  const counts = new Map<string, number>();
  return sectionsOf(read(file)).flatMap(({ heading, text }) =>
    [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => {
      const place = heading === '' ? file : `${file}#${slug(heading)}`;
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      return { name: count === 1 ? place : `${place}.${count}`, language, code };
    }),
  );
}

function sectionsOf(text: string): { heading: string; text: string }[] {
  // A comment of a shell looks like a heading: only those outside of code are.
  const headings = [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([line, heading = '']) => ({ line, heading }));
  const sections = [{ heading: '', text: '' }];
  let inCode = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) inCode = !inCode;
    const found = inCode ? undefined : headings.find((candidate) => candidate.line === line);
    if (found !== undefined) sections.push({ heading: found.heading, text: '' });
    const section = sections.at(-1);
    if (section !== undefined) section.text += `${line}\n`;
  }
  return sections;
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}
