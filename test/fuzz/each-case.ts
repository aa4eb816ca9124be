import { type Chance, caseSeed, createChance } from './random.ts';

export interface Cases {
  readonly seed: number;
  readonly cases: number;
  readonly first?: number;
}

/** Runs each case; one that fails is told with its number and the command that repeats it. `script`: "archives". */
export async function eachCase(
  script: string,
  { seed, cases, first = 0 }: Cases,
  run: (chance: Chance, index: number) => Promise<void>,
): Promise<void> {
  for (let index = first; index < first + cases; index++) {
    try {
      await run(createChance(caseSeed(seed, index)), index);
    } catch (error) {
      throw new Error(
        `Case ${index} of seed ${seed}: ${String(error)}\nAgain: bun test/fuzz/${script}.ts --seed ${seed} --only ${index}`,
        { cause: error },
      );
    }
  }
}
