/** The import table of DESIGN.md as data: for each layer what it may name, and why nothing else. */

export interface Layer {
  readonly name: string;
  /** Paths that belong to it; the first layer that matches counts. */
  readonly files: RegExp;
  /** Project files that it may import besides its own. */
  readonly mayImport: RegExp;
  /** Packages and built-in modules. */
  readonly packages: RegExp;
  readonly reason: string;
}

const leaves = 'agent/(?:wire|kit)/';
const typebox = '@sinclair/typebox(?:/.*)?';

export const layers: readonly Layer[] = [
  {
    name: 'agent/kit',
    files: /^agent\/kit\//,
    mayImport: /^agent\/kit\//,
    packages: /^$/,
    reason:
      'it is a leaf that both sides and the browser share: time, chance and logs, and nothing that needs a platform',
  },
  {
    name: 'agent/wire',
    files: /^agent\/wire\//,
    mayImport: new RegExp(`^${leaves}`),
    packages: new RegExp(`^${typebox}$`),
    reason: 'it is the protocol: both sides and tools in other languages read it, so it stays a leaf',
  },
  {
    name: 'agent/platform',
    files: /^agent\/platform\//,
    mayImport: /^agent\//,
    packages: /^(?:node:.*|bun)$/,
    reason: 'only here may the agent know whether Bun or Node runs it',
  },
  {
    name: 'agent',
    files: /^agent\//,
    mayImport: /^agent\//,
    packages: new RegExp(`^(?:node:.*|ws|tar-stream|${typebox})$`),
    reason:
      "it runs strangers' code on other people's machines: small, on Bun and Node alike, and without the coordinator",
  },
  {
    name: 'core',
    files: /^core\//,
    mayImport: new RegExp(`^(?:core/|${leaves})`),
    packages: new RegExp(`^(?:${typebox}|picomatch|smol-toml|node:(?:buffer|crypto|zlib|path/posix))$`),
    reason: 'core states what it needs as ports and decides; it runs in a plain test',
  },
  {
    name: 'storage',
    files: /^storage\//,
    mayImport: new RegExp(
      `^(?:storage/|core/(?:ports|types)\\.ts|core/[^/]+/(?:ports|types|index)\\.ts|${leaves})`,
    ),
    packages: new RegExp(`^(?:node:.*|bun:sqlite|tar-stream|drizzle-orm(?:/.*)?|@aws-sdk/.*|${typebox})$`),
    reason: "storage keeps what core's ports ask for and decides nothing",
  },
  {
    name: 'env',
    files: /^env\//,
    mayImport: /^(?:env\/|core\/builders\/(?:types|index)\.ts)/,
    packages: /^$/,
    reason: 'it is data',
  },
  {
    name: 'edge/pages/app',
    files: /^edge\/pages\/app\//,
    mayImport: new RegExp(`^(?:edge/pages/app/|edge/api/model\\.ts|core/logs/ansi\\.ts|${leaves})`),
    packages: new RegExp(`^(?:preact(?:/.*)?|${typebox})$`),
    reason: 'it runs in a browser and lives on the public REST API alone',
  },
  {
    name: 'edge',
    files: /^edge\//,
    mayImport: new RegExp(
      `^(?:edge/|core/types\\.ts|core/[^/]+/(?:index|types)\\.ts|env/[^/]+\\.ts|${leaves})`,
    ),
    packages: new RegExp(
      `^(?:node:.*|bun|elysia(?:/.*)?|@elysiajs/.*|preact(?:/.*)?|commander|prom-client|@opentelemetry/.*|${typebox})$`,
    ),
    reason: 'edge shows what core answers and carries orders in; it reads no tables and knows no agent',
  },
];

interface Exception {
  readonly from: string;
  readonly to: string;
  readonly because: string;
}

/** Arrows that the table does not have, or that close a cycle of folders. Keep it short. */
export const exceptions: readonly Exception[] = [
  {
    from: 'edge/api/routes/builds.ts',
    to: 'core/builds/ports.ts',
    because: 'BuildQuery is what the reader in Coordinator is asked with',
  },
  {
    from: 'agent/files/files.ts',
    to: 'agent/leases/lease.ts',
    because: 'a file call names its lease; only the type is needed',
  },
];

/** Files that join what other folders offer, as a `main.ts` does; they make no cycle of folders. */
export const joiningFiles: Readonly<Record<string, string>> = {
  'edge/api/app.ts': 'puts every controller into one application',
};

export function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => layer.files.test(path));
}

/** Inside core: what one capability may name of another. */
export const publicFilesOfCapability = /\/(?:index|types|ports)\.ts$/;

/** Uses of the platform that are dependencies elsewhere, and where they are allowed. */
export interface GuardedUse {
  readonly what: string;
  readonly pattern: RegExp;
  readonly allowed: RegExp;
  readonly instead: string;
}

export const guardedUses: readonly GuardedUse[] = [
  {
    what: 'the wall clock',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    allowed: /^agent\/kit\/clock\.ts$/,
    instead: 'take a Clock',
  },
  {
    what: 'timers',
    pattern: /\b(?:setTimeout|setInterval)\b|\bBun\.sleep\b/,
    allowed: /^agent\/kit\/clock\.ts$/,
    instead: 'take a Clock',
  },
  {
    what: 'chance',
    pattern: /\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b|\brandomBytes\b/,
    allowed: /^agent\/kit\/ids\.ts$/,
    instead: 'take a Randomness or an IdSource',
  },
  {
    what: 'console',
    pattern: /\bconsole\./,
    allowed: /^$/,
    instead: 'take a Log, or the Terminal of the command line',
  },
  {
    what: 'the environment',
    pattern: /\bprocess\.(?:env|argv)\b|\bBun\.(?:env|argv)\b/,
    allowed: /(?:^|\/)main\.ts$|^storage\/migrations\/generate\.ts$/,
    instead: 'read it in main.ts and pass on what is needed',
  },
  {
    what: 'Bun where it must not be known',
    pattern: /\bBun\./,
    allowed: /^(?:edge|storage|env)\/|^agent\/platform\/|(?:^|\/)main\.ts$/,
    instead: 'agent/platform hides the runtime; core does no I/O',
  },
];

export const longestFile = 400;
/** Files that are one document, to be read from top to bottom. */
export const longFiles: Readonly<Record<string, string>> = {
  'agent/wire/protocol.ts': 'the whole protocol in one file, in order',
  'edge/api/model.ts': 'every REST resource in one file',
};

/** What a capability folder of core lacks on purpose. */
export const partialCapabilities: Readonly<
  Record<string, { readonly lacks: readonly string[]; readonly because: string }>
> = {
  blobs: {
    lacks: ['index.ts', 'types.ts'],
    because: 'it is a port that several capabilities share, without rules',
  },
  work: {
    lacks: ['ports.ts'],
    because: 'what it needs are the stores and services of source and builds',
  },
  facts: {
    lacks: ['ports.ts'],
    because: 'who tells a fact calls a function, and needs nothing from outside',
  },
  bench: { lacks: ['ports.ts'], because: 'it is pure: bytes and numbers in, text out' },
  scheduler: { lacks: ['ports.ts'], because: 'it is a pure function and needs nothing from outside' },
};
