/** Git repositories that no honest tool makes: written object by object, so that git itself does not object. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HostileRepository {
  readonly name: string;
  readonly dir: string;
  /** What its build must come to; `none`: it has no commit that could be built. */
  readonly outcome: 'passed' | 'failed' | 'none';
  /** What the build, or its repository, has to say of it. */
  readonly says?: RegExp;
}

interface Git {
  readonly dir: string;
  run(args: readonly string[], input?: string | Uint8Array): string;
  blob(content: string | Uint8Array): string;
  /** Entries in the order given, names as they are. */
  tree(entries: readonly TreeEntry[]): string;
  commit(
    tree: string,
    more?: { parents?: readonly string[]; head?: string; message?: string | Uint8Array },
  ): string;
  ref(name: string, hash: string): void;
}

interface TreeEntry {
  readonly mode: string;
  readonly name: string | Uint8Array;
  readonly hash: string;
}

const person = 'Ann <ann@example.test> 1700000000 +0000';
const env = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function openGit(dir: string): Git {
  mkdirSync(dir, { recursive: true });
  function run(args: readonly string[], input?: string | Uint8Array): string {
    const options = { cwd: dir, env, maxBuffer: 1e8, ...(input === undefined ? {} : { input }) };
    return execFileSync('git', [...args], { ...options, stdio: 'pipe' })
      .toString()
      .trim();
  }
  const write = (type: string, content: string | Uint8Array): string =>
    run(['hash-object', '-w', '--literally', '-t', type, '--stdin'], content);
  run(['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  return {
    dir,
    run,
    blob: (content) => write('blob', content),
    tree: (entries) =>
      write(
        'tree',
        Buffer.concat(
          entries.flatMap(({ mode, name, hash }) => [
            Buffer.from(`${mode} `),
            Buffer.from(name),
            Buffer.from([0]),
            Buffer.from(hash, 'hex'),
          ]),
        ),
      ),
    commit(tree, { parents = [], head, message = 'A commit' } = {}) {
      const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)];
      const about = head ?? `author ${person}\ncommitter ${person}`;
      return write(
        'commit',
        Buffer.concat([Buffer.from(`${lines.join('\n')}\n${about}\n\n`), Buffer.from(message)]),
      );
    },
    // Written as git keeps it, since its own programs refuse some of these names.
    ref: (name, hash) => appendFileSync(join(dir, 'packed-refs'), `${hash} ${name}\n`),
  };
}

const recipe = '{"steps":["echo built"],"artifacts":["**"]}';

/** A tree that builds, and whatever else is put into it. */
function treeWith(git: Git, entries: readonly TreeEntry[], text: string | Uint8Array = recipe): string {
  return git.tree([...entries, { mode: '100644', name: 'croft.json', hash: git.blob(text) }]);
}

export const scriptTag = '<script>document.title="owned"</script>';
export const imageTag = '<img src=x onerror=document.title="owned">';

/** Names that git keeps in a packed list of refs, and that a shell, an option parser or a page might take for something else. */
export const hostileBranches: readonly (string | Uint8Array)[] = [
  '--upload-pack=touch$IFSowned',
  '-oProxyCommand=x',
  '$(touch$IFSowned)',
  '`touch$IFSowned`',
  ';touch$IFSowned;',
  'quote\'and"quote',
  imageTag.replaceAll(' ', '/'),
  'javascript&#58;alert(1)',
  'ünïcödé/🧨',
  'no\u00a0break',
  '\u202eright-to-left',
  `long/${'x'.repeat(180)}`,
  'HEAD',
  'refs/heads/main',
  'a'.repeat(40),
  Buffer.from([0x62, 0xff]),
  Buffer.from([0x62, 0xfe]),
];

type Maker = (git: Git) => Pick<HostileRepository, 'outcome' | 'says'>;

const makers: Readonly<Record<string, Maker>> = {
  branches(git) {
    const commit = git.commit(treeWith(git, []));
    git.ref('refs/heads/main', commit);
    for (const name of hostileBranches) {
      const line = Buffer.concat([
        Buffer.from(`${commit} refs/heads/`),
        Buffer.from(name),
        Buffer.from('\n'),
      ]);
      appendFileSync(join(git.dir, 'packed-refs'), line);
    }
    return { outcome: 'passed' };
  },
  'unicode-head'(git) {
    git.run(['symbolic-ref', 'HEAD', 'refs/heads/no\u00a0break']);
    git.ref('refs/heads/no\u00a0break', git.commit(treeWith(git, [])));
    git.ref('refs/heads/other', git.commit(treeWith(git, []), { message: 'Another' }));
    return { outcome: 'passed' };
  },
  'many-refs'(git) {
    const commit = git.commit(treeWith(git, []));
    const lines = Array.from({ length: 10_000 }, (_, index) => `${commit} refs/heads/b${index}\n`);
    appendFileSync(join(git.dir, 'packed-refs'), `${commit} refs/heads/main\n${lines.sort().join('')}`);
    return { outcome: 'passed' };
  },
  'strange-tags'(git) {
    const tree = treeWith(git, []);
    git.ref('refs/heads/main', git.commit(tree));
    git.ref('refs/tags/blob', git.blob('x'));
    git.ref('refs/tags/main', tree);
    git.ref('refs/tags/tree', tree);
    return { outcome: 'passed' };
  },
  messages(git) {
    const tree = treeWith(git, []);
    const heads = [
      `author ${scriptTag} <${imageTag}> 1700000000 +0000\ncommitter ${person}`,
      `author \u001b[31mred\u0007 <a\u001b]0;x\u0007> 99999999999999999999 +0000\ncommitter ${person}`,
      `author x <x> -99999999999999 -9999\ncommitter x <x> 8640000000001 +0000`,
      `author x <x> 253402300800 +0000\ncommitter x <x> 0 +0000\nencoding no-such-encoding`,
      `author x\ncommitter`,
    ];
    const messages: readonly (string | Uint8Array)[] = [
      `${scriptTag} ${imageTag}\n\nbody`,
      'x'.repeat(30_000_000),
      Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x42, 0x0a]),
      '\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007 \u202e\u0000 {{7*7}}',
      '',
    ];
    let parent: readonly string[] = [];
    for (const [index, head] of heads.entries())
      parent = [git.commit(tree, { parents: parent, head, message: messages[index] ?? '' })];
    git.ref('refs/heads/main', git.commit(tree, { parents: parent, message: imageTag }));
    return { outcome: 'passed' };
  },
  parents(git) {
    const tree = treeWith(git, []);
    const root = git.commit(tree);
    const parents = Array.from({ length: 3_000 }, () => root);
    git.ref('refs/heads/main', git.commit(tree, { parents, message: 'An octopus' }));
    return { outcome: 'passed' };
  },
  'file-names'(git) {
    const hash = git.blob('content');
    const names: readonly (string | Uint8Array)[] = [
      'a\nb',
      '\u001b[31mred',
      ' leading and trailing ',
      '-rf',
      '--checkpoint-action=exec=touch owned',
      '$(touch owned)',
      imageTag.replaceAll('/', '_'),
      Buffer.from([0x66, 0xff, 0xfe]),
      'con.txt',
      'ünïcödé-🧨',
      'x'.repeat(250),
    ];
    git.ref(
      'refs/heads/main',
      git.commit(
        treeWith(
          git,
          names.map((name) => ({ mode: '100644', name, hash })),
        ),
      ),
    );
    return { outcome: 'passed' };
  },
  'deep-tree'(git) {
    let tree = git.tree([{ mode: '100644', name: 'leaf', hash: git.blob('x') }]);
    for (let depth = 0; depth < 1_000; depth++) tree = git.tree([{ mode: '40000', name: 'd', hash: tree }]);
    git.ref('refs/heads/main', git.commit(treeWith(git, [{ mode: '40000', name: 'a', hash: tree }])));
    return { outcome: 'passed' };
  },
  'inner-git'(git) {
    const config = git.blob('[core]\n\tfsmonitor = touch owned\n');
    const inner = git.tree([{ mode: '100644', name: 'config', hash: config }]);
    git.ref('refs/heads/main', git.commit(treeWith(git, [{ mode: '40000', name: '.git', hash: inner }])));
    return { outcome: 'failed', says: /invalid path '\.git\/config'/ };
  },
  'dots-in-tree'(git) {
    const inner = git.tree([{ mode: '100644', name: 'owned', hash: git.blob('x') }]);
    git.ref('refs/heads/main', git.commit(treeWith(git, [{ mode: '40000', name: '..', hash: inner }])));
    return { outcome: 'failed', says: /\.\./ };
  },
  'link-out'(git) {
    const link = { mode: '120000', name: 'a-link', hash: git.blob('/etc/passwd') };
    git.ref('refs/heads/main', git.commit(treeWith(git, [link])));
    return { outcome: 'failed', says: /outside of the archive/ };
  },
  'through-link'(git) {
    const link = { mode: '120000', name: 'a', hash: git.blob('../..') };
    const inner = git.tree([{ mode: '100644', name: 'owned', hash: git.blob('x') }]);
    git.ref('refs/heads/main', git.commit(treeWith(git, [link, { mode: '40000', name: 'a', hash: inner }])));
    return { outcome: 'failed', says: /archive entry/ };
  },
  'long-name'(git) {
    const entry = { mode: '100644', name: 'n'.repeat(20_000_000), hash: git.blob('x') };
    git.ref('refs/heads/main', git.commit(treeWith(git, [entry])));
    return { outcome: 'failed', says: /name of several megabytes/ };
  },
  submodules(git) {
    const modules =
      '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch owned"\n\tupdate = !touch owned\n';
    const entries = [
      { mode: '100644', name: '.gitmodules', hash: git.blob(modules) },
      { mode: '160000', name: 'x', hash: 'f'.repeat(40) },
    ];
    git.ref('refs/heads/main', git.commit(treeWith(git, entries)));
    return { outcome: 'passed' };
  },
  attributes(git) {
    const attributes = 'croft.json export-ignore\n* filter=x text=auto ident export-subst\n';
    const entry = { mode: '100644', name: '.gitattributes', hash: git.blob(attributes) };
    git.ref('refs/heads/main', git.commit(treeWith(git, [entry])));
    return { outcome: 'passed' };
  },
  grafts(git) {
    const tree = treeWith(git, []);
    const commit = git.commit(tree, { parents: [git.commit(tree, { message: 'First' })], message: 'Second' });
    mkdirSync(join(git.dir, 'info'), { recursive: true });
    writeFileSync(join(git.dir, 'info', 'grafts'), `${commit}\n`);
    git.ref('refs/heads/main', commit);
    // Its server leaves the parent out, and a history with a hole is not taken.
    return { outcome: 'none' };
  },
  shallow(git) {
    const tree = treeWith(git, []);
    const commit = git.commit(tree, { parents: ['e'.repeat(40)], message: 'Its parent is not here' });
    writeFileSync(join(git.dir, 'shallow'), `${commit}\n`);
    git.ref('refs/heads/main', commit);
    return { outcome: 'passed' };
  },
  'missing-tree'(git) {
    git.ref('refs/heads/main', git.commit('d'.repeat(40)));
    return { outcome: 'none' };
  },
  empty: () => ({ outcome: 'none' }),
  'recipe-is-link': (git) => recipeOf(git, { mode: '120000', hash: git.blob('/etc/passwd') }, /is a link/),
  'recipe-is-submodule': (git) => recipeOf(git, { mode: '160000', hash: 'f'.repeat(40) }, /no croft.json/),
  'recipe-is-folder': (git) => recipeOf(git, { mode: '40000', hash: git.tree([]) }, /no croft.json/),
  'recipe-is-huge': (git) => fileRecipe(git, `{"steps":["${'x'.repeat(100_000_000)}"]}`, /larger than/),
  'recipe-is-no-text': (git) => fileRecipe(git, Buffer.from([0xff, 0xfe, 0x00, 0x7b]), /croft\.json/),
  'recipe-is-deep': (git) => fileRecipe(git, '['.repeat(200_000), /nested deeper/),
  'recipe-is-many-problems': (git) =>
    fileRecipe(
      git,
      JSON.stringify(Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`k${i}`, i]))),
      /no field/,
    ),
  'recipe-has-prototype': (git) =>
    fileRecipe(git, '{"__proto__":{"steps":["touch owned"]},"steps":["true"]}', /__proto__/),
  'recipe-is-program': (git) => fileRecipe(git, 'export default {steps:["touch owned"]}', /croft\.json/),
  'recipe-has-tags': (git) => fileRecipe(git, JSON.stringify({ [scriptTag]: imageTag }), /no field/),
};

function recipeOf(git: Git, entry: Omit<TreeEntry, 'name'>, says: RegExp): ReturnType<Maker> {
  git.ref('refs/heads/main', git.commit(git.tree([{ ...entry, name: 'croft.json' }])));
  return { outcome: 'failed', says };
}

function fileRecipe(git: Git, text: string | Uint8Array, says: RegExp): ReturnType<Maker> {
  git.ref('refs/heads/main', git.commit(treeWith(git, [], text)));
  return { outcome: 'failed', says };
}

/** All of them, or those whose names are wanted. */
export function makeHostileRepositories(
  root: string,
  wanted?: ReadonlySet<string>,
): readonly HostileRepository[] {
  const chosen = Object.entries(makers).filter(([name]) => wanted?.has(name) ?? true);
  return chosen.map(([name, make]) => {
    const dir = join(root, `${name}.git`);
    return { name, dir, ...make(openGit(dir)) };
  });
}
