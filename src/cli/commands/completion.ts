import { Argument, Command } from 'commander';
import { bashScript } from '../completion/bash';
import { completionsOf } from '../completion/completions';
import type { CompletedCommand } from '../completion/completions';
import { fishScript } from '../completion/fish';
import { zshScript } from '../completion/zsh';
import { withExamples, withNotes } from '../help';
import type { CommandSurroundings } from '../output';
import { createProgram } from '../program';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (program: CompletedCommand) => string
>;

const NOTES = `For claims the script asks Temporal, for up to 2 seconds. Generate it again after an upgrade.`;

/** `podkeeper completion`: prints a shell's completion script. */
export function completionCommand(surroundings: CommandSurroundings): Command {
  const completion = new Command('completion')
    .description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => {
      surroundings.stdout.write(SCRIPTS[shell](completionsOf(createProgram('', surroundings))));
    });
  return withNotes(
    withExamples(completion, [
      ['source <(podkeeper completion bash)', 'in ~/.bashrc'],
      ['source <(podkeeper completion zsh)', 'in ~/.zshrc, after compinit'],
      ['podkeeper completion fish | source', 'in ~/.config/fish/config.fish'],
    ]),
    NOTES,
  );
}
