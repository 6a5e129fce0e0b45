import { CHECKS } from '../../../src/doctor';
import { code, table } from './table';

/** What the doctor checks. */
export function checksTable(): string {
  return table(
    ['check', 'holds if', 'what to do if it does not'],
    CHECKS.map(({ name, meaning, remedy }) => [code(name), meaning, remedy]),
  );
}
