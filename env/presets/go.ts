/**
 * A farm for the Go project: every commit of the tree built by `make.bash`, the standard library tested plain and with the race
 * detector, and every other port compiled on the same machines.
 */
import { defineFarm, goTreeScripts } from '../../core/builders/index.ts';

const make = `# make.bash\n${goTreeScripts.make}`;

/** `flags` go to `go test`; the Go that was built is found before any other. */
function test(flags: string): string {
  return `# go test ${flags} std\nexport PATH="$PWD/bin:$PATH"\ncd src\ngo test ${flags} std`;
}

/** Packages that say quickly whether the compiler and the runtime are sound, before the long run. */
const smokeTest =
  '# a few packages first\nexport PATH="$PWD/bin:$PATH"\ncd src\ngo test -short strings strconv container/list sort text/template';

/** Ports that are only compiled: a commit that breaks one is told without a machine of that kind. */
const crossPorts = [
  'darwin/amd64',
  'darwin/arm64',
  'freebsd/amd64',
  'freebsd/arm64',
  'linux/386',
  'linux/arm',
  'linux/arm64',
  'linux/loong64',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
  'netbsd/amd64',
  'openbsd/amd64',
  'plan9/amd64',
  'solaris/amd64',
  'windows/386',
  'windows/amd64',
  'windows/arm64',
  'js/wasm',
  'wasip1/wasm',
];
const crossCompile = [
  '# every other port',
  'export PATH="$PWD/bin:$PATH"',
  'cd src',
  `for port in ${crossPorts.join(' ')}; do`,
  '  echo "##### $port"',
  '  GOOS=$(dirname "$port") GOARCH=$(basename "$port") CGO_ENABLED=0 go build std',
  'done',
].join('\n');

/** The tree is built and tested as it is: no other toolchain may be fetched in its place. */
const env = { GOTOOLCHAIN: 'local' };

export const goFarm = defineFarm({
  name: 'Go',
  repositories: [
    {
      name: 'go',
      url: 'https://go.googlesource.com/go',
      branches: ['master', 'release-branch.go*'],
      builders: ['*'],
      history: 30,
      poll: '30s',
    },
  ],
  hostTypes: [
    { name: 'linux-amd64', os: 'linux', arch: 'x64', expected: 4 },
    { name: 'linux-arm64', os: 'linux', arch: 'arm64', expected: 2 },
  ],
  builders: [
    {
      name: 'linux-amd64',
      hostType: 'linux-amd64',
      steps: [make, smokeTest, test('-short -timeout 20m')],
      env: { ...env, GO_BUILDER_NAME: 'linux-amd64' },
      timeout: '90m',
      silence: '20m',
      priority: 10,
    },
    {
      name: 'linux-amd64-race',
      hostType: 'linux-amd64',
      steps: [make, test('-short -race -timeout 40m')],
      env: { ...env, GO_BUILDER_NAME: 'linux-amd64-race' },
      timeout: '3h',
      silence: '30m',
    },
    {
      name: 'linux-arm64',
      hostType: 'linux-arm64',
      steps: [make, smokeTest, test('-short -timeout 40m')],
      env: { ...env, GO_BUILDER_NAME: 'linux-arm64' },
      timeout: '3h',
      silence: '30m',
    },
    {
      name: 'misc-compile',
      hostType: 'linux-amd64',
      steps: [make, crossCompile],
      env: { ...env, GO_BUILDER_NAME: 'misc-compile' },
      timeout: '90m',
      silence: '30m',
    },
  ],
});
