import { wrap } from './wrap';

/** A list with one entry a term: the term, a colon, and a text that is wrapped. */
export function definitions(entries: readonly (readonly [term: string, text: string])[]): string {
  return entries.map(([term, text]) => `- ${wrap(`${term}: ${text}`, '  ')}`).join('\n');
}
