/** Places in a configuration as its author would write them: `builders[2].hostType`, `env["A B"]`. */

export type PathSegment = string | number;

export function pathText(segments: readonly PathSegment[]): string {
  let text = '';
  for (const segment of segments) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(shortened(segment, 64))}]`;
  }
  return text === '' ? wholeFile : text;
}

export const wholeFile = 'the whole file';

/** A JSON pointer into `root`: a digit is an index only where there is an array. */
export function segmentsOf(root: unknown, pointer: string): readonly PathSegment[] {
  const segments: PathSegment[] = [];
  let at: unknown = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) {
      segments.push(Number(key));
      at = at[Number(key)];
    } else {
      segments.push(key);
      at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined;
    }
  }
  return segments;
}

export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
