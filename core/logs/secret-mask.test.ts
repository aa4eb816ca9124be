import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { secretForms } from './secret-forms.ts';
import { createSecretMask } from './secret-mask.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What a mask makes of a stream that comes in these pieces. */
function masked(secrets: readonly string[], pieces: readonly Uint8Array[]): Buffer {
  const mask = createSecretMask(secrets);
  if (mask === null) return Buffer.concat(pieces);
  return Buffer.concat([...pieces.map((piece) => Buffer.from(mask.push(piece))), mask.end()]);
}

/** The same without any cleverness: every byte that an occurrence covers. */
function naive(secrets: readonly string[], stream: Uint8Array): string {
  const out = [...text(stream)];
  for (const form of secretForms(secrets)) {
    const needle = text(form);
    for (let at = 0; at + needle.length <= out.length; at++)
      if (text(stream).startsWith(needle, at)) out.fill('*', at, at + needle.length);
  }
  return out.join('');
}

function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return borders.slice(1).map((border, index) => stream.subarray(borders[index], border));
}

// Few letters, so that secrets overlap themselves and each other and half of one is everywhere.
const letters = fc.constantFrom('a', 'b', '\n', '"');
const secret = fc.array(letters, { minLength: 8, maxLength: 14 }).map((list) => list.join(''));
const secrets = fc.array(secret, { minLength: 1, maxLength: 3 });
const streamWith = (known: readonly string[]): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...known, ...secretForms(known).map(text)),
        fc.constantFrom(...known).chain((one) => fc.nat(one.length).map((length) => one.slice(0, length))),
        fc.array(letters, { maxLength: 6 }).map((list) => list.join('')),
      ),
      { maxLength: 12 },
    )
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const scene = secrets.chain((known) =>
  fc.record({
    known: fc.constant(known),
    stream: streamWith(known),
    cuts: fc.array(fc.nat(200), { maxLength: 20 }),
  }),
);

describe('a mask', () => {
  test('hides every byte of every occurrence and nothing else, however the stream is cut', () => {
    fc.assert(
      fc.property(scene, ({ known, stream, cuts }) => {
        expect(text(masked(known, cut(stream, cuts)))).toBe(naive(known, stream));
      }),
      { numRuns: 600 },
    );
  });

  test('taken up again at any byte that was given goes on with the same bytes', () => {
    fc.assert(
      fc.property(scene, fc.nat(20), ({ known, stream, cuts }, brokenAfter) => {
        const mask = createSecretMask(known);
        if (mask === null) return;
        const pieces = cut(stream, cuts);
        const given = Buffer.concat(
          pieces.slice(0, brokenAfter).map((piece) => Buffer.from(mask.push(piece))),
        );
        const from = Math.max(0, given.length - mask.reach);
        const rest = masked(known, [stream.subarray(from)]).subarray(given.length - from);
        expect(text(Buffer.concat([given, rest]))).toBe(naive(known, stream));
      }),
      { numRuns: 600 },
    );
  });

  test('holds back only what may become a secret', () => {
    const mask = createSecretMask(['hunter2hunter2']);
    expect(text(mask?.push(Buffer.from('password? ')) ?? new Uint8Array())).toBe('password? ');
    expect(text(mask?.push(Buffer.from('it is hunt')) ?? new Uint8Array())).toBe('it is ');
    expect(text(mask?.push(Buffer.from('ing season')) ?? new Uint8Array())).toBe('hunting season');
    expect(text(mask?.push(Buffer.from('hunter2')) ?? new Uint8Array())).toBe('');
    expect(text(mask?.push(Buffer.from('hunter2\n')) ?? new Uint8Array())).toBe('**************\n');
  });

  test('knows a secret by its lines, in JSON, in a URL and in base64, alone and inside of more', () => {
    const known = ['-----BEGIN-----\nMIIEvQIBADANBgkq/+\n', 'p"ss w\\rd&more'];
    const printed = [
      'MIIEvQIBADANBgkq/+',
      JSON.stringify({ key: 'p"ss w\\rd&more' }),
      `https://x/?q=${encodeURIComponent('p"ss w\\rd&more')}`,
      btoa('p"ss w\\rd&more'),
      btoa('user:p"ss w\\rd&more'),
      btoa('me:p"ss w\\rd&more!'),
    ];
    for (const line of printed) {
      const hidden = text(masked(known, [Buffer.from(line)]));
      expect([line, hidden.replace(/[^*]/g, '').length >= 12]).toEqual([line, true]);
      expect(Buffer.from(hidden, 'base64').toString('latin1')).not.toContain('ss w\\rd');
    }
  });

  test('is none when there is nothing to hide, or nothing long enough', () => {
    expect(createSecretMask([])).toBeNull();
    expect(createSecretMask(['', 'short'])).toBeNull();
  });
});
