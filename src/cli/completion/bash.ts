import { allCommands } from './completions';
import type { CompletedCommand, Values } from './completions';
import { quotedForShell } from '../text';

/** The completion script for bash. Works from bash 3.2 on, without bash-completion. */
export function bashScript(program: CompletedCommand): string {
  const commands = allCommands(program);
  return `# Completion of podkeeper for bash, written by 'podkeeper completion bash'.
_podkeeper_reply() {
  local IFS=$'\\n'
  case "$1" in
    files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$2")) ;;
    claims) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" __complete claims 2>/dev/null)" -- "$2")) ;;
    nothing) ;;
    *) IFS=' '; COMPREPLY=($(IFS=$' \\n'; compgen -W "$1" -- "$2")) ;;
  esac
}
# The value that an option takes; fails for an option without one.
_podkeeper_value() {
  case "$1:$2" in
${commands.flatMap(valueCases).join('\n')}
    *) return 1 ;;
  esac
}
_podkeeper() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path='' place=0 index word
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ $word == -- ]]; then
      COMPREPLY=($(compgen -c -- "$current") $(compgen -f -- "$current"))
      return
    fi
    if [[ $word == -* ]]; then
      if _podkeeper_value "$path" "$word" >/dev/null; then ((index++)); fi
      continue
    fi
    case "$path/$word" in
${commands.flatMap(pathCases).join('\n')}
      *) ((place++)) ;;
    esac
  done
  if [[ $previous == -* ]] && word="$(_podkeeper_value "$path" "$previous")"; then
    _podkeeper_reply "$word" "$current"
    return
  fi
  if [[ $current == -* ]]; then
    case "$path" in
${commands.map(optionCase).join('\n')}
    esac
    return
  fi
  case "$path:$place" in
${commands.flatMap(placeCases).join('\n')}
  esac
}
complete -F _podkeeper podkeeper
`;
}

function pathOf({ words }: CompletedCommand): string {
  return words.join(' ');
}

function valueCases(command: CompletedCommand): string[] {
  return command.options.flatMap(({ flags, values }) => {
    if (values === null) return [];
    const patterns = flags.map((flag) => quotedForShell(`${pathOf(command)}:${flag}`)).join('|');
    return [`    ${patterns}) echo ${quotedForShell(replyTo(values))} ;;`];
  });
}

function pathCases(command: CompletedCommand): string[] {
  return command.commands.map(
    (sub) =>
      `      ${quotedForShell(`${pathOf(command)}/${sub.words.at(-1)}`)}) path=${quotedForShell(pathOf(sub))}; place=0 ;;`,
  );
}

function optionCase(command: CompletedCommand): string {
  const flags = command.options.flatMap((option) => option.flags);
  const all = command.takesCommand ? [...flags, '--'] : flags;
  return `      ${quotedForShell(pathOf(command))}) _podkeeper_reply ${quotedForShell(all.join(' '))} "$current" ;;`;
}

function placeCases(command: CompletedCommand): string[] {
  const at = (place: number, reply: string) =>
    `    ${quotedForShell(`${pathOf(command)}:${place}`)}) _podkeeper_reply ${quotedForShell(reply)} "$current" ;;`;
  if (command.commands.length > 0) return [at(0, command.commands.map(({ words }) => words.at(-1)).join(' '))];
  return command.arguments.map((values, place) => at(place, replyTo(values)));
}

function replyTo(values: Values): string {
  return values.kind === 'words' ? values.words.join(' ') : values.kind;
}
