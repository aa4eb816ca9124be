/** Completion scripts for shells, made from the shape of the command tree, so that they cannot fall behind it. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface OptionShape {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** The only values it takes; empty: anything. */
  readonly values: readonly string[];
}

export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  /** The only values of its arguments; empty: anything. */
  readonly values: readonly string[];
  readonly commands: readonly CommandShape[];
}

/** `root` is the program itself; its options are offered for every command. */
export function completionScript(shell: Shell, root: CommandShape): string {
  if (shell === 'bash') return bashScript(root);
  if (shell === 'zsh') return zshScript(root);
  return fishScript(root);
}

interface Place {
  /** Command names from the root on: `machines show`. */
  readonly path: string;
  readonly command: CommandShape;
}

function placesOf(root: CommandShape): readonly Place[] {
  const places: Place[] = [];
  function visit(command: CommandShape, path: readonly string[]): void {
    places.push({ path: path.join(' '), command });
    for (const child of command.commands) visit(child, [...path, child.name]);
  }
  visit(root, []);
  return places;
}

/** All options at a place: its own and the program's. */
function optionsAt(place: Place, root: CommandShape): readonly OptionShape[] {
  const own = place.command.options;
  const taken = new Set(own.flatMap((option) => option.names));
  const global = root.options.filter((option) => !option.names.some((name) => taken.has(name)));
  return place.command === root ? own : [...own, ...global];
}

function optionsWithValue(root: CommandShape): readonly string[] {
  const names = placesOf(root).flatMap(({ command }) =>
    command.options.filter((option) => option.takesValue).flatMap((option) => option.names),
  );
  return [...new Set(names)];
}

/** The shell code that finds in `$place` which command the words before the cursor name. */
function findPlace(root: CommandShape): string {
  const paths = placesOf(root).filter(({ path }) => path !== '');
  const step = paths.map(({ path }) => `${quote(path)}) place=$next;;`).join(' ');
  return `  local place='' next='' skip='' word
  for word in "\${before[@]}"; do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${optionsWithValue(root).join('|')}) skip=1; continue;;
      -*) continue;;
    esac
    next="\${place:+$place }$word"
    case $next in ${step} esac
  done`;
}

function bashScript(root: CommandShape): string {
  const lines = placesOf(root).map((place) => {
    const words = [
      ...place.command.commands.map((command) => command.name),
      ...place.command.values,
      ...optionsAt(place, root).flatMap((option) => option.names),
    ];
    return `    ${quote(place.path)}) words=${quote(words.join(' '))};;`;
  });
  return `# bash completion for croft: source <(croft completion bash)
_croft() {
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") current=\${COMP_WORDS[COMP_CWORD]} words=''
  local previous=\${COMP_WORDS[COMP_CWORD-1]}
${findPlace(root)}
  case "$place $previous" in
${valueCases(root, (values) => `words=${quote(values.join(' '))}`)}
    *)
      case $previous in ${optionsWithValue(root).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return;; esac
      case $place in
${lines.join('\n')}
      esac;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -o bashdefault -F _croft croft
`;
}

/** A case for every option with a fixed choice of values, at every place where it may stand. */
function valueCases(root: CommandShape, then: (values: readonly string[]) => string): string {
  const cases = placesOf(root).flatMap((place) =>
    optionsAt(place, root)
      .filter((option) => option.values.length > 0)
      .flatMap((option) =>
        option.names.map((name) => `    ${quote(`${place.path} ${name}`)}) ${then(option.values)};;`),
      ),
  );
  return cases.join('\n');
}

function zshScript(root: CommandShape): string {
  const lines = placesOf(root).map((place) => {
    const described = [
      ...place.command.commands.map((command) => describe(command.name, command.description)),
      ...place.command.values.map((value) => quote(value)),
      ...optionsAt(place, root).flatMap((option) =>
        option.names.map((name) => describe(name, option.description)),
      ),
    ];
    return `    ${quote(place.path)}) offers=(${described.join(' ')});;`;
  });
  return `#compdef croft
# zsh completion for croft: croft completion zsh > ~/.zsh/completions/_croft
_croft() {
  local -a offers before
  before=("\${(@)words[2,CURRENT-1]}")
  local previous=\${words[CURRENT-1]}
${findPlace(root)}
  case "$place $previous" in
${valueCases(root, (values) => `compadd -- ${values.map(quote).join(' ')}; return`)}
  esac
  case $previous in ${optionsWithValue(root).join('|')}) _files; return;; esac
  case $place in
${lines.join('\n')}
  esac
  _describe -V croft offers
}
if [[ $funcstack[1] == _croft ]]; then _croft "$@"; else compdef _croft croft; fi
`;

  function describe(name: string, description: string): string {
    return quote(`${name.replaceAll(':', '\\:')}:${description}`);
  }
}

function fishScript(root: CommandShape): string {
  const lines = placesOf(root).flatMap((place) => {
    const condition = `-n ${quote(`__croft_at ${place.path}`.trim())}`;
    const commands = place.command.commands.map(
      (command) =>
        `complete -c croft -f ${condition} -a ${quote(command.name)} -d ${quote(command.description)}`,
    );
    const values =
      place.command.values.length === 0
        ? []
        : [`complete -c croft -f ${condition} -a ${quote(place.command.values.join(' '))}`];
    const own = place.command.options.map((option) =>
      fishOption(option, place.command === root ? '' : condition),
    );
    return [...commands, ...values, ...own];
  });
  const paths = placesOf(root)
    .filter(({ path }) => path !== '')
    .map(({ path }) => quote(path));
  return `# fish completion for croft: croft completion fish > ~/.config/fish/completions/croft.fish
function __croft_at
    set -l place ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${optionsWithValue(root).join(' ')}
                set skip 1
            case '-*'
                true
            case '*'
                set -l next (string trim -- "$place $word")
                if contains -- $next ${paths.join(' ')}
                    set place $next
                end
        end
    end
    test "$argv" = "$place"
end
${lines.join('\n')}
`;
}

function fishOption(option: OptionShape, condition: string): string {
  const names = option.names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value =
    option.values.length > 0 ? ` -x -a ${quote(option.values.join(' '))}` : option.takesValue ? ' -r' : '';
  return `complete -c croft ${condition} ${names.join(' ')}${value} -d ${quote(option.description)}`.replace(
    '  ',
    ' ',
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
