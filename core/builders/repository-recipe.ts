/** Which part of a `croft.json` a builder follows. */
import type { RepositoryConfig, RepositoryRecipe } from './fill-in.ts';
import { matchesGlob } from './glob.ts';

/**
 * Field by field: the section with the builder's exact name, then sections whose glob matches in the order of the file, then the
 * top. Variables of all of them count, and of two with one name the nearer one.
 */
export function recipeFor(config: RepositoryConfig, builder: string): RepositoryRecipe {
  const exact = config.sections.filter((section) => section.glob === builder);
  const globs = config.sections.filter(
    (section) => section.glob !== builder && matchesGlob(section.glob, builder),
  );
  const nearestFirst = [...exact, ...globs].map((section) => section.recipe).concat(config.top);
  function first<T>(field: (recipe: RepositoryRecipe) => T | null): T | null {
    for (const recipe of nearestFirst) {
      const value = field(recipe);
      if (value !== null) return value;
    }
    return null;
  }
  return {
    steps: first((recipe) => recipe.steps),
    env: Object.fromEntries(nearestFirst.toReversed().flatMap((recipe) => Object.entries(recipe.env))),
    artifacts: first((recipe) => recipe.artifacts),
    timeoutMs: first((recipe) => recipe.timeoutMs),
    silenceMs: first((recipe) => recipe.silenceMs),
  };
}
