import { CHECKS } from '../../../src/doctor';
import { definitions } from './list';
import { code } from './table';

/** The checks of `podkeeper doctor`: when each holds, and what to do if it does not. */
export function checksList(): string {
  return definitions(CHECKS.map(({ name, meaning, remedy }) => [code(name), `${meaning}. _If not:_ ${remedy}.`]));
}
