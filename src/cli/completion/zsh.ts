import { allCommands } from './completions';
import type { CompletedCommand, CompletedOption, Values } from './completions';
import { quotedForShell } from '../text';

/** The completion script for zsh. Source it, or save it as `_podkeeper` in a directory of `fpath`. */
export function zshScript(program: CompletedCommand): string {
  return `#compdef podkeeper
# Completion of podkeeper for zsh, written by 'podkeeper completion zsh'.
_podkeeper_claims() {
  local -a claims
  claims=(\${(f)"$(podkeeper __complete claims 2>/dev/null)"})
  compadd -a claims
}
${allCommands(program).map(functionOf).join('\n')}
if [[ \${funcstack[1]} == _podkeeper ]]; then _podkeeper "$@"; else compdef _podkeeper podkeeper; fi
`;
}

function functionOf(command: CompletedCommand): string {
  const options = command.options.flatMap(optionSpecs);
  return command.commands.length > 0 ? parentFunction(command, options) : leafFunction(command, options);
}

function parentFunction(command: CompletedCommand, options: readonly string[]): string {
  const subs = command.commands.map(({ words, description }) => ({ name: words.at(-1) ?? '', description }));
  const described = subs.map(({ name, description }) => `    ${quotedForShell(`${name}:${description}`)}`);
  const calls = subs.map(({ name }) => `        ${name}) ${nameOf(command)}_${asName(name)} ;;`);
  return `${nameOf(command)}() {
  local state line
  local -a commands
  commands=(
${described.join('\n')}
  )
  _arguments -C ${[...options, "'1: :->command'", "'*:: :->rest'"].join(' ')}
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${calls.join('\n')}
      esac ;;
  esac
}`;
}

function leafFunction(command: CompletedCommand, options: readonly string[]): string {
  const places = command.arguments.map((values, index) => quotedForShell(`${index + 1}: :${actionOf(values)}`));
  const rest = command.takesCommand ? ["'*:: :_normal'"] : [];
  return `${nameOf(command)}() {
  _arguments -s ${[...options, ...places, ...rest].join(' ')}
}`;
}

function optionSpecs({ flags, description, values }: CompletedOption): string[] {
  const shown = `[${description.replaceAll(/[[\]\\]/g, String.raw`\$&`)}]`;
  return flags.map((flag) => quotedForShell(`${flag}${shown}${values === null ? '' : `: :${actionOf(values)}`}`));
}

function actionOf(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'files':
      return '_files';
    case 'claims':
      return '_podkeeper_claims';
    case 'nothing':
      return ' ';
  }
}

function nameOf({ words }: CompletedCommand): string {
  return ['_podkeeper', ...words.map(asName)].join('_');
}

function asName(word: string): string {
  return word.replaceAll('-', '_');
}
