/** Server-sent events, read from a fetch body, because `EventSource` can carry no Authorization header. WHATWG HTML §9.2. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** Last event id in force, as the standard keeps it between events. */
  readonly id: string;
}

export interface ServerEventParser {
  /** Events that the text completes. Throws a RangeError when one event grows beyond the limit. */
  push(text: string): readonly ServerEvent[];
}

/** `maxEventChars` bounds what a peer can make this side keep. */
export function createServerEventParser(maxEventChars: number): ServerEventParser {
  let rest = '';
  let type = '';
  let data: string[] = [];
  let size = 0;
  let id = '';
  let started = false;

  function field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') type = value;
    else if (name === 'data') {
      data.push(value);
      size += value.length + 1;
    } else if (name === 'id' && !value.includes('\0')) id = value;
  }

  function finish(): ServerEvent | null {
    const event = data.length === 0 ? null : { type: type || 'message', data: data.join('\n'), id };
    type = '';
    data = [];
    size = 0;
    return event;
  }

  function check(openChars: number): void {
    if (openChars + size > maxEventChars) {
      throw new RangeError(`A server-sent event is longer than ${maxEventChars} characters`);
    }
  }

  return {
    push(text) {
      const events: ServerEvent[] = [];
      const searched = Math.max(0, rest.length - 1);
      rest += started ? text : text.replace(/^\uFEFF/, '');
      started = started || text !== '';
      // A carriage return at the very end may be the first half of CRLF: it waits for the next piece.
      const ends = /\r\n|\n|\r(?!$)/g;
      ends.lastIndex = searched;
      let from = 0;
      for (let match = ends.exec(rest); match !== null; match = ends.exec(rest)) {
        const line = rest.slice(from, match.index);
        from = match.index + match[0].length;
        if (line !== '') {
          field(line);
          check(0);
          continue;
        }
        const event = finish();
        if (event !== null) events.push(event);
      }
      rest = rest.slice(from);
      check(rest.length);
      return events;
    },
  };
}
