import { CHECKS } from '../../../src/doctor';
import { definitions } from './list';
import { code } from './table';

/** When each check of `podkeeper doctor` holds. The command itself prints what to do if it does not. */
export function checksList(): string {
  return definitions(CHECKS.map(({ name, meaning }) => [code(name), meaning]));
}
