/** Go modules and workspaces. */
import { type Detector, step } from './project.ts';

/**
 * The module cache must stay removable (it is read-only otherwise), and there is no `.git` to stamp binaries with: what a
 * parent folder of the checkout might have is not this commit's.
 */
const env = { GOFLAGS: '-modcacherw -buildvcs=false' };

export const detectGo: Detector = async (project) => {
  if (project.hasFile('go.work')) {
    // In a workspace `./...` means nothing when the root is no module.
    const modules = "go list -m -f '{{.Dir}}/...'";
    return {
      outcome: 'detected',
      file: 'go.work',
      steps: [
        step(`${modules} | xargs go build`, 'go build, every module'),
        step(`${modules} | xargs go test`, 'go test, every module'),
      ],
      env,
      tests: true,
      why: 'go.work is at the root, so every module of the workspace is built and tested.',
      example: [`${modules} | xargs go vet`, `${modules} | xargs go test -race`],
    };
  }
  if (!project.hasFile('go.mod')) return null;
  return {
    outcome: 'detected',
    file: 'go.mod',
    steps: [step('go build ./...'), step('go test ./...')],
    env,
    tests: true,
    why: 'go.mod is at the root, so every package of the module is built and tested.',
    example: ['go vet ./...', 'go test -race ./...'],
  };
};
