/** A farm on whose line to the agents harm is done, and a build whose log shows every byte that was lost or came twice. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build, BuildDetail } from '../../edge/api/model.ts';
import { configFor, type FarmOptions, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';

export interface LineFarm extends TestFarm {
  /** Starts a build that writes for about `seconds`; answers its id at once. */
  build(): Promise<string>;
  /** Waits for the end; then nothing is lost, nothing doubled, and nothing ran twice in one attempt. */
  passes(id: string, attempts?: number): Promise<BuildDetail>;
  /** It has begun to run on a machine. */
  runs(id: string): Promise<void>;
}

const deadlineMs = 120_000;

/** Each build writes `lines` lines in ten portions, one each `pauseSeconds`. */
export async function startLineFarm(
  shape: { readonly lines: number; readonly pauseSeconds: number; readonly away?: string },
  options: FarmOptions = {},
): Promise<LineFarm> {
  const { lines, pauseSeconds, away = '60s' } = shape;
  const scratch = mkdtempSync(join(tmpdir(), 'croft-line-'));
  const repository = makeRepository(join(scratch, 'repo'));
  const commit = repository.commit({ 'README.md': 'hello' });
  const script = [
    `echo "$CROFT_ATTEMPT" >> ${scratch}/$CROFT_BUILD`,
    `for part in 0 1 2 3 4 5 6 7 8 9; do sleep ${pauseSeconds}`,
    `  seq -f "line %g" $((part * ${lines / 10} + 1)) $(((part + 1) * ${lines / 10}))`,
    'done',
  ].join('\n');
  const builders = [{ name: 'b', hostType: 'local', steps: [script] }];
  let farm: TestFarm;
  try {
    farm = await startFarm(configFor(repository.dir, builders, { away }), options);
    // The farm's own build of the commit is not one of those that are looked at.
    const [first] = await until('the commit is found', async () => {
      const found = await farm.api.builds();
      return found.length > 0 ? found : null;
    });
    await farm.api.post(`/api/v1/builds/${first?.id}/cancel`);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
  const wanted = Array.from({ length: lines }, (_, index) => `line ${index + 1}`).join('\n');

  return Object.assign(Object.create(farm) as TestFarm, {
    async build() {
      const { id } = await farm.api.post<Build>('/api/v1/builds', { repo: 'project', commit, builder: 'b' });
      return id;
    },
    async runs(id: string) {
      await until(
        `build ${id} writes`,
        async () => (await farm.api.log(id)).includes('line 1\n'),
        deadlineMs,
      );
    },
    async passes(id: string, attempts = 1) {
      const build = await farm.api.finished(id, deadlineMs);
      const log = await farm.api.log(id);
      const found = log
        .split('\n')
        .filter((line) => line.startsWith('line '))
        .join('\n');
      if (build.state !== 'passed' || build.attempts !== attempts) {
        const errors = build.attemptList.map(({ error }) => error?.message ?? '').join('; ');
        throw new Error(
          `Build ${id} ${build.state} in ${build.attempts} attempts: ${errors}\n${log.slice(-500)}`,
        );
      }
      if (found !== wanted) throw new Error(`Build ${id}: lines are lost or doubled`);
      const ran = readFileSync(join(scratch, id), 'utf8').trim().split('\n');
      if (new Set(ran).size !== ran.length) throw new Error(`Build ${id} ran in attempts ${ran.join(', ')}`);
      return build;
    },
    async stop() {
      await farm.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  });
}
