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

const NOTES = `Commands, options and files are completed by the script alone; claims by asking Temporal, for 2 seconds at most.
Where it can't be reached, nothing is offered. Write the script anew after an upgrade.`;

/** `podkeeper completion`: a script by which a shell completes what is typed. */
export function completionCommand(surroundings: CommandSurroundings): Command {
  const completion = new Command('completion')
    .description('print a script by which bash, zsh or fish completes commands, options and claims')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => {
      surroundings.stdout.write(SCRIPTS[shell](completionsOf(createProgram('', surroundings))));
    });
  return withNotes(
    withExamples(completion, [
      ['source <(podkeeper completion bash)', 'in ~/.bashrc'],
      ['source <(podkeeper completion zsh)', 'in ~/.zshrc, behind compinit'],
      ['podkeeper completion fish | source', 'in ~/.config/fish/config.fish'],
    ]),
    NOTES,
  );
}
