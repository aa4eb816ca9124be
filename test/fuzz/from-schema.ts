/**
 * Values from a TypeBox schema: mostly what it allows, at its limits more often than chance would, and here and there something that it
 * forbids. How often is `wrongOnceIn`; infinity gives only what is allowed.
 */
import type { TSchema } from '@sinclair/typebox';
import { hostileJson, hostileNumber, hostileText } from './hostile-values.ts';
import type { Chance } from './random.ts';

interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export function fromSchema(chance: Chance, schema: TSchema, wrongOnceIn: number): unknown {
  return makeValue(chance, schema as unknown as Node, wrongOnceIn);
}

function makeValue(chance: Chance, node: Node, wrongOnceIn: number): unknown {
  if (wrongOnceIn !== Number.POSITIVE_INFINITY && chance.onceIn(wrongOnceIn)) return hostileJson(chance);
  if ('const' in node) return node.const;
  if (node.anyOf !== undefined) return makeValue(chance, chance.pick(node.anyOf), wrongOnceIn);
  switch (node.type) {
    case 'object':
      return objectOf(chance, node, wrongOnceIn);
    case 'array':
      return listOf(chance, node, wrongOnceIn);
    case 'string':
      return textOf(chance, node);
    case 'integer':
      return integerOf(chance, node);
    case 'number':
      return hostileNumber(chance);
    case 'boolean':
      return chance.onceIn(2);
    case 'null':
      return null;
    default:
      return hostileJson(chance);
  }
}

function objectOf(chance: Chance, node: Node, wrongOnceIn: number): unknown {
  const entries: [string, unknown][] = [];
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const needed = node.required?.includes(name) === true;
    if (
      needed ? wrongOnceIn === Number.POSITIVE_INFINITY || !chance.onceIn(wrongOnceIn * 4) : chance.onceIn(2)
    )
      entries.push([name, makeValue(chance, property, wrongOnceIn)]);
  }
  for (const [pattern, property] of Object.entries(node.patternProperties ?? {})) {
    const count = chance.below(4);
    for (let at = 0; at < count; at++)
      entries.push([textOf(chance, { pattern, maxLength: 20 }), makeValue(chance, property, wrongOnceIn)]);
  }
  // Fields of a later version are ignored, whatever they are called.
  if (chance.onceIn(8)) entries.push([hostileText(chance), hostileJson(chance)]);
  return Object.fromEntries(entries);
}

function listOf(chance: Chance, node: Node, wrongOnceIn: number): unknown {
  const least = node.minItems ?? 0;
  const length = least + chance.below(Math.min(4, (node.maxItems ?? 4) - least + 1));
  return Array.from({ length }, () => makeValue(chance, node.items ?? {}, wrongOnceIn));
}

function integerOf(chance: Chance, node: Node): number {
  const least = node.minimum ?? -(2 ** 31);
  const most = node.maximum ?? Number.MAX_SAFE_INTEGER;
  switch (chance.below(4)) {
    case 0:
      return least;
    case 1:
      return node.maximum === undefined && chance.onceIn(2) ? 1e308 : most;
    default:
      return least + chance.below(Math.min(1_000, most - least + 1));
  }
}

/** Texts for the patterns of the protocol; for any other pattern a plain word has to do. */
const texts: Readonly<Record<string, (chance: Chance) => string>> = {
  '^[A-Za-z0-9_.-]+$': (chance) =>
    chance.pick(['run_1', 'lse_1', 'mch_1', '.', '..', '-x', '__proto__', 'a'.repeat(64)]),
  '^sha256:[0-9a-f]{64}$': (chance) => `sha256:${Buffer.from(chance.bytes(32)).toString('hex')}`,
  '^[A-Za-z0-9+/]*={0,2}$': (chance) => Buffer.from(chance.bytes(chance.below(80))).toString('base64'),
  '^(.*)$': hostileText,
};

function textOf(chance: Chance, node: Node): string {
  const ofPattern = node.pattern === undefined ? undefined : texts[node.pattern];
  if (ofPattern !== undefined) return ofPattern(chance);
  if (node.pattern !== undefined) return 'word';
  const most = node.maxLength ?? 4_096;
  const text = chance.onceIn(40) ? 'x'.repeat(most) : hostileText(chance);
  return text.slice(0, most).padEnd(node.minLength ?? 0, 'x');
}
