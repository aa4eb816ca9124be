/**
 * The forms in which a secret turns up in output: as it is, line by line, quoted as JSON, escaped for a URL, and in base64, alone or
 * inside of something longer.
 */

/** A shorter text would hide half of every log, and is no secret either. */
export const shortestSecretBytes = 8;

const encoder = new TextEncoder();

/** Without doubles, longest first. Forms that are too short to be told from other text are left out. */
export function secretForms(secrets: readonly string[]): readonly Uint8Array[] {
  const texts = new Set(secrets.flatMap(formsOf));
  const forms = [...texts].map((text) => encoder.encode(text));
  return forms
    .filter((form) => form.length >= shortestSecretBytes)
    .sort((left, right) => right.length - left.length);
}

function formsOf(secret: string): readonly string[] {
  // A file that was read into a variable is often printed without its last newline, and a key is printed line by line.
  const lines = secret.split(/\r\n|\r|\n/).map((line) => line.trim());
  const plain = [secret, secret.trim(), ...lines];
  return plain.flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
    ...base64Forms(text),
  ]);
}

/** Where a text stands in the base64 of something longer depends on how many bytes are before it, counted in threes. */
function base64Forms(text: string): readonly string[] {
  const bytes = encoder.encode(text);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([new Uint8Array(before), bytes]);
    // The first and the last characters share their bits with the neighbours.
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor((whole.length * 8) / 6);
    return [whole.toString('base64').slice(first, last), whole.toString('base64url').slice(first, last)];
  });
}
