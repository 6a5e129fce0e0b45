import { read } from '../../docs/markdown';

/** One line of a Dockerfile, continued lines joined: `COPY --from=build a b` is { word: 'COPY', options: { from: 'build' }, args: ['a', 'b'] }. */
export interface Instruction {
  word: string;
  options: Record<string, string>;
  /** The words behind, or those of a JSON array. */
  args: string[];
  /** All behind the word, as it is written. */
  text: string;
}

/** What stands from one FROM to the next. */
export interface Stage {
  /** The base image. */
  base: string;
  name: string | undefined;
  instructions: Instruction[];
}

/** The stages of the Dockerfile. */
export function dockerfileStages(): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructionsIn(read('Dockerfile'))) {
    if (instruction.word === 'FROM') {
      const [base = '', , name] = instruction.args;
      stages.push({ base, name, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

/** The instructions of a stage that have a word. */
export function instructionsOf(stage: Stage | undefined, word: string): Instruction[] {
  return (stage?.instructions ?? []).filter((instruction) => instruction.word === word);
}

function instructionsIn(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, word = '', written = '', rest = ''] = /^(\w+)((?: --\w+=\S+)*) (.*)$/.exec(line) ?? [];
    const options = Object.fromEntries(
      [...written.matchAll(/--(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    );
    return { word, options, args: wordsOf(rest), text: rest };
  });
}

function wordsOf(text: string): string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : text.trim().split(/\s+/);
}

/** Tells whether `.dockerignore` keeps a path of the repository from Docker: the last line that fits decides. */
export function isDockerIgnored(path: string): boolean {
  const lines = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.reduce((ignored, line) => {
    const name = line.replace(/^!/, '');
    // No other patterns are known here, so that a new one can't be read wrongly.
    if (/[*?[\]\\]/.test(name) && name !== '*') throw new Error(`.dockerignore: ${line} is neither * nor a path`);
    const fits = name === '*' || path === name || path.startsWith(`${name}/`);
    return fits ? !line.startsWith('!') : ignored;
  }, false);
}
