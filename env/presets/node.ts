/** A farm for a handful of JavaScript and TypeScript projects, each of which says in its own croft.json what to run. */
import { defineFarm } from '../../core/builders/index.ts';

export const nodeFarm = defineFarm({
  name: 'Web',
  repositories: [
    { name: 'website', url: 'https://git.example.org/web/website.git', branches: ['main', 'release-*'] },
    { name: 'api', url: 'https://git.example.org/web/api.git', branches: ['main'] },
    {
      name: 'design-system',
      url: 'https://git.example.org/web/design-system.git',
      branches: ['**', '!wip/**'],
      builders: ['linux', 'oldest-node'],
    },
  ],
  hostTypes: [
    { name: 'linux', os: 'linux', labels: ['node-24'], expected: 2 },
    { name: 'linux-node-20', os: 'linux', labels: ['node-20'], expected: 1 },
    { name: 'mac', os: 'darwin', arch: 'arm64', expected: 1 },
  ],
  builders: [
    { name: 'linux', hostType: 'linux', timeout: '30m', silence: '10m', priority: 10 },
    { name: 'oldest-node', hostType: 'linux-node-20', timeout: '30m', silence: '10m' },
    { name: 'mac', hostType: 'mac', timeout: '45m', silence: '10m' },
    {
      name: 'audit',
      hostType: 'linux',
      steps: ['npm ci --ignore-scripts', 'npm audit --omit=dev --audit-level=high'],
      timeout: '10m',
      attempts: 2,
      priority: -10,
    },
  ],
});
