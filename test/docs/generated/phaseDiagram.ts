import { PHASES, TRANSITIONS } from '../../../src/model';

/** The phases and the ways between them, as a Mermaid diagram of the workflow's own table. */
export function phaseDiagram(): string {
  const ways = PHASES.flatMap((from) => TRANSITIONS[from].map(({ to, because }) => `  ${from} --> ${to}: ${because}`));
  const ends = PHASES.filter((phase) => TRANSITIONS[phase].length === 0).map((phase) => `  ${phase} --> [*]`);
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${PHASES[0]}: claimed`, ...ways, ...ends, '```'].join('\n');
}
