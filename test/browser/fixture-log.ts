/** Logs of any length, made line by line when asked for. */
import type { LogLine, LogSearchAnswer, LogWindow } from '../../edge/api/model.ts';

export interface FixtureLog {
  readonly lines: number;
  textOf(line: number): string;
}

/** Every line has the same width in bytes, so that offsets are arithmetic. */
const lineBytes = 64;

export function generatedLog(lines: number): FixtureLog {
  return {
    lines,
    textOf(line) {
      if (line === 7) return '<script>window.hacked=3</script><img src=x onerror="window.hacked=4">';
      if (line === 9) return 'fetching 10%\rfetching 50%\rfetching 100%, done';
      if (line % 1000 === 400)
        return `\u001b[31mFAIL\u001b[0m  test/case-${line}.test.ts > \u001b[1mkeeps its word\u001b[22m`;
      if (line % 50 === 3)
        return `\u001b[32mok\u001b[0m    test/case-${line}.test.ts \u001b[2m(${line % 90} ms)\u001b[22m`;
      if (line % 300 === 8) return `a long line ${line} ${'0123456789 '.repeat(30)}end`;
      return `line ${line}: ${'.'.repeat(line % 40)} done`;
    },
  };
}

function lineOf(log: FixtureLog, number: number, start: number): LogLine {
  return {
    number,
    offset: (number - 1) * lineBytes,
    at: new Date(start + number * 3).toISOString(),
    text: log.textOf(number),
    cut: false,
  };
}

export function windowOf(
  log: FixtureLog,
  query: { from: number | null; count: number | null; last: number | null },
  place: { attempt: number; state: LogWindow['state']; start: number; dropped: number },
): LogWindow {
  const count = Math.min(1_000, query.count ?? 200);
  const from = query.last === null ? (query.from ?? 1) : Math.max(1, log.lines - query.last + 1);
  const end = Math.min(log.lines + 1, query.last === null ? from + count : log.lines + 1);
  return {
    attempt: place.attempt,
    state: place.state,
    totalLines: log.lines,
    totalBytes: log.lines * lineBytes,
    droppedBytes: place.dropped,
    lines: Array.from({ length: Math.max(0, end - from) }, (_, index) =>
      lineOf(log, from + index, place.start),
    ),
  };
}

/** Looks at no more than this for one answer, as a server with a time budget would. */
const budgetLines = 200_000;

export function searchIn(
  log: FixtureLog,
  query: { q: string; regex: boolean; ignoreCase: boolean; from: number; limit: number },
): LogSearchAnswer {
  const source = query.regex ? query.q : query.q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(source, query.ignoreCase ? 'i' : '');
  const matches: LogSearchAnswer['matches'] = [];
  let at = query.from;
  for (; at <= log.lines && at < query.from + budgetLines; at++) {
    const line = lineOf(log, at, 0);
    const found = pattern.exec(line.text);
    if (found === null) continue;
    matches.push({ line, from: found.index, to: found.index + found[0].length });
    if (matches.length >= query.limit) {
      at++;
      break;
    }
  }
  return { matches, next: at <= log.lines ? at : null };
}

export function problemsIn(log: FixtureLog): LogLine[] {
  const problems: LogLine[] = [];
  for (let line = 400; line <= log.lines && problems.length < 30; line += 1_000)
    problems.push(lineOf(log, line, 0));
  return problems;
}
