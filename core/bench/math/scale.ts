/** The prefix and the digits with which the values of a row are shown. */
import { fixedText } from '../format/number-text.ts';
import type { UnitClass } from '../format/unit.ts';

export interface Scale {
  readonly digits: number;
  readonly factor: number;
  readonly prefix: string;
}

interface Step {
  readonly from: number;
  readonly scale: Scale;
}

const plain: Scale = { digits: 3, factor: 1, prefix: '' };
const thresholds = ['99.995', '9.9995', '0.99995'] as const;
const decimalPrefixes = [
  [12, 'T'],
  [9, 'G'],
  [6, 'M'],
  [3, 'k'],
  [0, ''],
  [-3, 'm'],
  [-6, 'µ'],
  [-9, 'n'],
] as const;
const binaryPrefixes = [
  [4, 'Ti'],
  [3, 'Gi'],
  [2, 'Mi'],
  [1, 'Ki'],
  [0, ''],
] as const;

/** From the largest; the literals are read as decimals, so that the switch comes exactly where printing rounds up. */
const steps: Readonly<Record<UnitClass, readonly Step[]>> = {
  decimal: withSmallSteps(
    decimalPrefixes.flatMap(([exponent, prefix]) =>
      thresholds.map((text, place) => ({
        from: Number(`${text}e${exponent}`),
        scale: { digits: place + 1, factor: Number(`1e${exponent}`), prefix },
      })),
    ),
    -9,
  ),
  binary: withSmallSteps(
    binaryPrefixes.flatMap(([exponent, prefix]) =>
      thresholds.map((text, place) => ({
        from: Number(text) * 1024 ** exponent,
        scale: { digits: place + 1, factor: 1024 ** exponent, prefix },
      })),
    ),
    0,
  ),
};

/** Below the smallest prefix more digits are shown instead, up to ten. */
function withSmallSteps(large: readonly Step[], exponent: number): readonly Step[] {
  const last = (large.at(-1) as Step).scale;
  const small = Array.from({ length: 8 }, (_, place) => ({
    from: Number(`9.9995e${exponent - 1 - place}`),
    scale: { ...last, digits: place + 3 },
  }));
  return [...large, ...small];
}

/** By the value nearest to zero, which then shows four digits at least; zeros do not count. */
export function commonScale(values: readonly number[], unitClass: UnitClass): Scale {
  let nearest: number | null = null;
  for (const value of values) {
    if (value !== 0 && (nearest === null || Math.abs(value) < nearest)) nearest = Math.abs(value);
  }
  if (nearest === null) return plain;
  const size = nearest;
  const all = steps[unitClass];
  return (all.find(({ from }) => size >= from) ?? { scale: { ...(all.at(-1) as Step).scale, digits: 10 } })
    .scale;
}

export function scaledText(value: number, scale: Scale): string {
  return `${fixedText(value / scale.factor, scale.digits)}${scale.prefix}`;
}
