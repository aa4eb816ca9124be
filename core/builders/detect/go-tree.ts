/**
 * The source tree of Go itself: built by an older Go with `make.bash`, then its standard library tested with the Go that was
 * built.
 */
import { type Detector, type Project, step } from './project.ts';

/** `go` on the PATH is the bootstrap; asked outside of the tree, whose own go.mod files would call for another. */
const bootstrap = [
  'if [ -z "$GOROOT_BOOTSTRAP" ]; then',
  '  command -v go >/dev/null || {',
  '    echo "Go is built by an older Go, and there is none on the PATH: install one, or set GOROOT_BOOTSTRAP in the env of the builder" >&2',
  '    exit 1',
  '  }',
  '  GOROOT_BOOTSTRAP=$(cd / && go env GOROOT)',
  '  export GOROOT_BOOTSTRAP',
  'fi',
].join('\n');

/** Between releases the tree takes its version from git, which is not there. The form is what `cmd/dist` makes itself. */
const version = [
  'if [ ! -s VERSION ]; then',
  "  minor=$(sed -n 's/^const Version = //p' src/internal/goversion/goversion.go)",
  '  echo "go1.$minor-devel_$(echo "$CROFT_COMMIT" | cut -c1-10)" > VERSION',
  'fi',
].join('\n');

/** The scripts are for presets too; each runs in the root of the tree. */
export const goTreeScripts = {
  make: `${bootstrap}\n${version}\ncd src\nbash make.bash`,
  test: 'export PATH="$PWD/bin:$PATH"\ncd src\ngo test -short -timeout 20m std',
} as const;

export const detectGoTree: Detector = async (project) => {
  if (!(await isGoTree(project))) return null;
  return {
    outcome: 'detected',
    file: 'src/make.bash',
    steps: [step(goTreeScripts.make, 'make.bash'), step(goTreeScripts.test, 'go test -short std')],
    // The tree is built as it is: no other toolchain may be fetched in its place.
    env: { GOTOOLCHAIN: 'local' },
    tests: true,
    why: [
      'This is the source tree of Go: src/make.bash and src/cmd/dist are there.',
      'The go on the PATH of the machine builds it, and the Go that was built tests the standard library in short mode.',
    ].join(' '),
    example: ['cd src && bash make.bash', 'cd src && ../bin/go test -race std'],
  };
};

async function isGoTree(project: Project): Promise<boolean> {
  if (!project.hasFolder('src') || project.firstFile('VERSION', 'go.env') === null) return false;
  const files = ['src/make.bash', 'src/cmd/dist/main.go'];
  const texts = await Promise.all(files.map((file) => project.read(file)));
  return texts.every((text) => text !== null);
}
