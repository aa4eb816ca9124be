import { Argument, type Command } from 'commander';
import { type CommandShape, completionScript, shells } from '../completion-script.ts';
import { exitCodes } from '../exit.ts';
import { examples, type Registrar } from './registrar.ts';

export function addCompletion({ program, bind }: Registrar): void {
  const command = program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices([...shells]))
    .addHelpText(
      'after',
      examples(
        'source <(croft completion bash)',
        'croft completion zsh > ~/.zsh/completions/_croft',
        'croft completion fish > ~/.config/fish/completions/croft.fish',
      ),
    );
  bind(command, async (context, shell: (typeof shells)[number]) => {
    context.terminal.write(completionScript(shell, shapeOf(program)));
    return exitCodes.ok;
  });
}

/** What a completion has to know of a command. */
export function shapeOf(command: Command): CommandShape {
  return {
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.map((option) => ({
        names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
        description: option.description,
        takesValue: option.required || option.optional,
        values: option.argChoices ?? [],
      })),
      { names: ['--help', '-h'], description: 'display help', takesValue: false, values: [] },
    ],
    values: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    commands: command.commands.map(shapeOf),
  };
}
