/** Rust: Cargo.toml. */
import { type Detector, step } from './project.ts';

/**
 * rustup looks for its toolchains in the home folder, and a build has a home of its own; cargo's place on the PATH tells
 * where the real one is.
 */
const findToolchain = [
  'if [ -z "$RUSTUP_HOME" ] && rustup=$(command -v rustup); then',
  '  home=$(dirname "$(dirname "$(dirname "$rustup")")")/.rustup',
  '  if [ -d "$home" ]; then export RUSTUP_HOME="$home"; fi',
  'fi',
].join('\n');

export const detectRust: Detector = async (project) => {
  const manifest = await project.read('Cargo.toml');
  if (manifest === null) return null;
  const locked = project.hasFile('Cargo.lock');
  const workspace = /^\s*\[workspace\b/m.test(manifest);
  const flags = `${workspace ? ' --workspace' : ''}${locked ? ' --locked' : ''}`;
  const cargo = (line: string) => step(`${findToolchain}\n${line}`, line);
  return {
    outcome: 'detected',
    file: 'Cargo.toml',
    steps: [cargo(`cargo build${flags}`), cargo(`cargo test${flags}`)],
    env: {},
    tests: true,
    why: [
      workspace
        ? 'Cargo.toml at the root is a workspace, so all of its crates are built and tested.'
        : 'Cargo.toml is at the root, so the crate is built and tested.',
      locked
        ? 'Cargo.lock is there and is held to.'
        : 'There is no Cargo.lock, so dependencies are resolved anew for each build.',
    ].join(' '),
    example: [`cargo clippy${flags} -- -D warnings`, `cargo test${flags}`],
  };
};
