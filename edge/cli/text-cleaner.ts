import { completeLength } from './escapes.ts';

/** Cleans text that arrives in pieces, so that neither a character nor an escape sequence is torn apart. */
export interface TextCleaner {
  push(text: string): string;
  pushBytes(bytes: Uint8Array): string;
  /** What was held back. */
  end(): string;
}

/** `clean` sees whole sequences only. */
export function createTextCleaner(clean: (text: string) => string): TextCleaner {
  const decoder = new TextDecoder();
  let held = '';

  function push(text: string): string {
    const all = held + text;
    const complete = completeLength(all);
    held = all.slice(complete);
    return clean(all.slice(0, complete));
  }

  return {
    push,
    pushBytes: (bytes) => push(decoder.decode(bytes, { stream: true })),
    end() {
      const last = clean(held + decoder.decode());
      held = '';
      return last;
    },
  };
}
