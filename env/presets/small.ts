/** The smallest farm beyond one machine: what a repository needs is detected, or is in its croft.json. */
import { defineFarm } from '../../core/builders/index.ts';

export const smallFarm = defineFarm({
  name: 'Small farm',
  repositories: [{ name: 'project', url: '/srv/git/project.git', poll: '10s' }],
  hostTypes: [{ name: 'linux', os: 'linux', expected: 1 }],
  builders: [{ name: 'linux', hostType: 'linux' }],
});
