import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { completionsOf } from '../../src/cli/completion/completions';
import { bashScript } from '../../src/cli/completion/bash';
import { fishScript } from '../../src/cli/completion/fish';
import { zshScript } from '../../src/cli/completion/zsh';
import { DIST } from '../support/e2eBuild';
import { visibleCommands, wholeProgram } from './support/commandLine';
import { onDeployment, SERVER_SPEC } from './support/deployment';
import { podkeeper } from './support/inProcess';

const here = onDeployment({ worker: false });
/** The environment in which the scripts find `podkeeper`, the deployment and two files. */
let env: NodeJS.ProcessEnv;
const scripts = { bash: '', zsh: '', fish: '' };

beforeAll(async () => {
  const program = completionsOf(wholeProgram());
  scripts.bash = here.directory.write('completion.bash', bashScript(program));
  scripts.zsh = here.directory.write('completion.zsh', zshScript(program));
  scripts.fish = here.directory.write('completion.fish', fishScript(program));
  const main = join(DIST, 'cli', 'main.js');
  chmodSync(here.directory.write('podkeeper', `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`), 0o755);
  env = { ...here.env, PATH: `${here.directory.path}${delimiter}${here.env['PATH']}` };
  const spec = here.directory.write('pod one.yaml', SERVER_SPEC);
  for (const id of ['watched', 'waiting']) await here.run('spawn', spec, '--id', id);
}, 60_000);

const shells = { bash: bashOffers, fish: fishOffers };

/** What bash offers for each line. */
function bashOffers(lines: string[], environment = env): string[][] {
  const program = `source "$1"; shift
    for line; do
      IFS=' ' read -r -a COMP_WORDS <<< "$line"
      [[ $line == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _podkeeper; printf '%s\\n' "\${COMPREPLY[@]}" '${NEXT}'
    done`;
  return offersIn(run('bash', ['--norc', '-c', program, 'bash', scripts.bash, ...lines], environment));
}

/** What fish offers for each line. */
function fishOffers(lines: string[], environment = env): string[][] {
  const program = `source $argv[1]; for line in $argv[2..]; complete -C $line; echo '${NEXT}'; end`;
  const said = run('fish', ['--no-config', '-c', program, scripts.fish, ...lines], environment);
  return offersIn(said).map((offers) => offers.map((offer) => offer.split('\t')[0] ?? ''));
}

/** Separates the answers to two lines. */
const NEXT = '== next ==';

function offersIn(said: string[]): string[][] {
  const answers: string[][] = [[]];
  for (const line of said) {
    if (line === NEXT) answers.push([]);
    else answers.at(-1)?.push(line);
  }
  return answers.slice(0, -1);
}

/** What zsh completes on Tab. Driven at a pseudo-terminal, since it completes nowhere else. */
function zshCompletes(line: string, expected: string): string {
  const program = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z 'PS1=""; unsetopt beep; autoload -Uz compinit; compinit -D; source ${scripts.zsh}; print REA""DY'
    zpty -r z out '*READY*'
    zpty -w -n z $'${line}\\t'
    zpty -r z out '*${expected}*'
    print -r -- $out
  `;
  return run('zsh', ['-f', '-c', program], env).join('\n');
}

function run(shell: string, args: string[], environment: NodeJS.ProcessEnv): string[] {
  const options = { env: environment, cwd: here.directory.path, encoding: 'utf8', timeout: 30_000 } as const;
  return execFileSync(shell, args, options)
    .split('\n')
    .filter((offer) => offer !== '');
}

const CASES: [line: string, offers: string[]][] = [
  ['podkeeper ter', ['terminate']],
  ['podkeeper spawn --wa', ['--wait']],
  ['podkeeper job ', ['run', 'get', 'cancel', 'stream']],
  ['podkeeper job run --syn', ['--sync']],
  ['podkeeper top --sort dead', ['deadline']],
  ['podkeeper top --json --phase heal', ['healthy']],
  ['podkeeper completion z', ['zsh']],
  ['podkeeper get wat', ['watched']],
  ['podkeeper get --json wa', ['waiting', 'watched']],
  ['podkeeper spawn completion.ba', ['completion.bash']],
  ['podkeeper list --config completion.ba', ['completion.bash']],
  ['podkeeper spawn --id wat', []],
  ['podkeeper nonsense ', []],
  ['podkeeper events watched wa', []],
];

describe.each(Object.entries(shells))('%s', (shell, offersOf) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  const ifThere = isThere ? test : test.skip;
  const why = isThere ? '' : ` (skipped: there is no ${shell} on this machine)`;
  // fish completes an argument that is one too many.
  const cases = CASES.filter(([line]) => shell === 'bash' || !line.startsWith('podkeeper events watched'));

  ifThere.each(cases)(`'%s' offers %j${why}`, (line, offers) => {
    expect(offersOf([line])[0]?.toSorted()).toEqual(offers.toSorted());
  });

  ifThere(
    `all commands are offered, and each has its options${why}`,
    () => {
      const commands = visibleCommands();
      const top = commands.map(([words]) => words).filter((words) => !words.includes(' '));
      const leaves = commands.filter(([, { commands: subs }]) => subs.length === 0);
      const [first, ...rest] = offersOf(['podkeeper ', ...leaves.map(([words]) => `podkeeper ${words} --`)]);
      expect(first?.toSorted()).toEqual(top.toSorted());
      for (const [index, [, command]] of leaves.entries()) {
        const expected = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
        expect(rest[index]).toEqual(expect.arrayContaining(expected));
      }
    },
    60_000,
  );

  ifThere(`an unreachable Temporal leads to no offers and no message${why}`, () => {
    expect(offersOf(['podkeeper get wa'], { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' })).toEqual([[]]);
    expect(offersOf(['podkeeper get wa'], { PATH: env['PATH'], PODKEEPER_HOME: '/nowhere' })).toEqual([[]]);
  });
});

test('bash completes the command after `with … --`', () => {
  expect(bashOffers(['podkeeper with pod.yaml -- tru'])[0]).toContain('true');
});

test('file names with spaces are completed whole', () => {
  const offers = ['pod one.yaml', 'podkeeper', 'podkeeper.yaml', 'pods'];

  expect(bashOffers(['podkeeper plan pod'])[0]?.toSorted()).toEqual(offers.toSorted());
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;
const zshTest = hasZsh ? test : test.skip;

zshTest.each([
  ['podkeeper term', 'terminate'],
  ['podkeeper spawn --wai', '--wait'],
  ['podkeeper job str', 'stream'],
  ['podkeeper get wat', 'watched'],
  ['podkeeper top --sort dea', 'deadline'],
  ['podkeeper spawn completion.z', 'completion.zsh'],
])(`zsh: '%s' becomes %s${hasZsh ? '' : ' (skipped: there is no zsh on this machine)'}`, (line, expected) => {
  expect(zshCompletes(line, expected)).toContain(expected);
});

test('completion prints the script of a shell, and refuses an unknown shell', async () => {
  expect(await podkeeper(['completion', 'bash'])).toEqual({
    code: 0,
    stdout: bashScript(completionsOf(wholeProgram())),
    stderr: '',
  });
  const { code, stderr } = await podkeeper(['completion', 'tcsh']);
  expect({ code, told: stderr.includes('Allowed choices are bash, zsh, fish') }).toEqual({ code: 2, told: true });
});

test('the command that completes claims is hidden, and silent without a deployment', async () => {
  expect((await podkeeper(['--help'])).stdout).not.toContain('__complete');
  expect(await podkeeper(['__complete', 'claims'])).toEqual({ code: 0, stdout: '', stderr: '' });
});
