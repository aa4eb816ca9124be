/** An input of a tool: where it is read from and what it is called in the key `.file`. */
export interface BenchInput {
  /** `-` is standard input. */
  readonly path: string;
  readonly label: string;
}

/**
 * `label=path` names an input; equal labels pool their samples. A path that is given several times becomes `path#0`, `path#1`.
 */
export function nameInputs(given: readonly string[]): readonly BenchInput[] {
  const inputs = given.map((text) => {
    const mark = text.indexOf('=');
    return mark < 0
      ? { path: text, label: null }
      : { path: text.slice(mark + 1), label: text.slice(0, mark) };
  });
  const counts = new Map<string, number>();
  for (const { path, label } of inputs) if (label === null) counts.set(path, (counts.get(path) ?? 0) + 1);
  const seen = new Map<string, number>();
  return inputs.map(({ path, label }) => {
    if (label !== null) return { path, label };
    if (counts.get(path) === 1) return { path, label: path };
    const index = seen.get(path) ?? 0;
    seen.set(path, index + 1);
    return { path, label: `${path}#${index}` };
  });
}
