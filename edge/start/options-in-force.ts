/** What a coordinator that runs already was started with, read from its command line. */

const names = ['repo', 'config', 'env', 'host', 'url', 'port'] as const;
type OptionName = (typeof names)[number];

export type GivenOptions = Readonly<Partial<Record<OptionName, string>>>;

/** Both `--port 1` and `--port=1`; of an option that is there twice, the last. */
export function optionsOfCommand(command: readonly string[]): GivenOptions {
  const found: Partial<Record<OptionName, string>> = {};
  command.forEach((part, index) => {
    for (const name of names) {
      const value = part === `--${name}` ? command[index + 1] : valueAfter(part, `--${name}=`);
      if (value !== undefined) found[name] = value;
    }
  });
  return found;
}

function valueAfter(part: string, prefix: string): string | undefined {
  return part.startsWith(prefix) ? part.slice(prefix.length) : undefined;
}

/** The options that somebody asks for now and that the running one does not have; what nobody asks for stays as it is. */
export function changedOptions(running: GivenOptions, asked: GivenOptions): readonly OptionName[] {
  return names.filter((name) => asked[name] !== undefined && asked[name] !== running[name]);
}
