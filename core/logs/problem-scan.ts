/**
 * Finds the likely error lines of a log while it passes by. All rules run as one automaton over the text; a rule that has said enough
 * in a section is left out of it, so a log that is nothing but errors costs no more than another.
 */
import { stripEscapes } from './escape-sequences.ts';
import { logLimits } from './limits.ts';
import { createLineCutter, type LineBatch } from './line-batches.ts';
import { lineHits } from './line-hits.ts';
import { countNewlines } from './newlines.ts';
import { harmlessPattern, problemRules, sectionPattern } from './problem-rules.ts';
import { createLineScanner, type LineScanner } from './regex/line-scanner.ts';
import { compileProgram } from './regex/program.ts';
import { parseExpression } from './regex/syntax.ts';
import type { Problem } from './seal-index.ts';
import { lineOf, type RawLine } from './windows.ts';

export interface ProblemScan {
  /** What comes next begins here. */
  readonly offset: number;
  push(bytes: Uint8Array): void;
  /** Best first: those of the last section, then by score, then by line. */
  list(): readonly Problem[];
}

/** Compiled rules, shared by all logs. */
export interface ProblemScanner {
  scan(): ProblemScan;
}

/** Lines that one rule may name in one section, and lines of it that may turn out to be harmless. */
const namedPerRule = 20;
const harmlessPerRule = 5_000;
const sectionsAtMost = 2_000;
/** Of a line, what is looked at to tell which rule it was. */
const judgedChars = 512;
const scannersKept = 64;

interface Found extends Problem {
  readonly score: number;
  readonly section: number;
}

export function createProblemScanner(): ProblemScanner {
  const patterns = problemRules.map(({ pattern }) => new RegExp(pattern, 'u'));
  const harmless = new RegExp(harmlessPattern, 'u');
  const section = new RegExp(sectionPattern, 'u');
  const scanners = new Map<string, LineScanner>();

  /** For the rules that are still asked. */
  function scannerOf(isOn: readonly boolean[], withSections: boolean): LineScanner {
    const key = `${isOn.map(Number).join('')}${withSections}`;
    const known = scanners.get(key);
    if (known !== undefined) return known;
    if (scanners.size >= scannersKept) scanners.clear();
    const asked = problemRules.filter((_, rule) => isOn[rule]).map(({ pattern }) => pattern);
    if (withSections) asked.push(sectionPattern);
    // An empty choice would match every line; this matches none.
    const expression = parseExpression(asked.length === 0 ? '[^\\d\\D]' : asked.join('|'), false);
    const scanner = createLineScanner(compileProgram(expression));
    scanners.set(key, scanner);
    return scanner;
  }

  function scan(): ProblemScan {
    const cutter = createLineCutter(1, 0);
    let offset = 0;
    let found: Found[] = [];
    let sections = 0;
    let isOn = problemRules.map(() => true);
    let named = problemRules.map(() => 0);
    let passed = problemRules.map(() => 0);
    let scanner = scannerOf(isOn, true);

    function beginSection(): void {
      sections++;
      isOn = problemRules.map(() => true);
      named = problemRules.map(() => 0);
      passed = problemRules.map(() => 0);
      scanner = scannerOf(isOn, sections < sectionsAtMost);
    }

    function switchOff(rule: number): void {
      isOn[rule] = false;
      scanner = scannerOf(isOn, sections < sectionsAtMost);
    }

    /** The best rule that the line fits; -1 for a line that only looks like a problem. */
    function ruleOf(text: string): number {
      let best = -1;
      for (const [rule, pattern] of patterns.entries()) {
        const isBetter = isOn[rule] === true && scoreOf(rule) > (best < 0 ? 0 : scoreOf(best));
        if (isBetter && pattern.test(text)) best = rule;
      }
      return best;
    }

    function judge(line: Problem): Found | null {
      const text = judgedText(line);
      if (section.test(text)) {
        beginSection();
        return null;
      }
      const rule = ruleOf(text);
      if (rule < 0) return null;
      if (harmless.test(text)) {
        passed[rule] = (passed[rule] ?? 0) + 1;
        if (passed[rule] === harmlessPerRule) switchOff(rule);
        return null;
      }
      named[rule] = (named[rule] ?? 0) + 1;
      if (named[rule] === namedPerRule) switchOff(rule);
      return { ...line, score: scoreOf(rule), section: sections };
    }

    function look(batch: LineBatch): void {
      for (const raw of rawHits(batch, () => scanner)) {
        const problem = judge(problemOf(raw));
        if (problem !== null) found.push(problem);
      }
      if (found.length > 4 * logLimits.problems) found = best(found, sections);
    }

    return {
      get offset() {
        return offset;
      },
      push(bytes) {
        offset += bytes.length;
        for (const batch of cutter.push(bytes, countNewlines(bytes))) look(batch);
      },
      list() {
        const last = cutter.end().flatMap((batch) => [...rawHits(batch, () => scanner)]);
        const unfinished = last.flatMap((raw): Found[] => {
          const problem = problemOf(raw);
          const text = judgedText(problem);
          const rule = ruleOf(text);
          if (rule < 0 || harmless.test(text)) return [];
          return [{ ...problem, score: scoreOf(rule), section: sections }];
        });
        const all = best([...found, ...unfinished], sections);
        return all.map(({ line, offset: at, text, cut }) => ({ line, offset: at, text, cut }));
      },
    };
  }

  return { scan };
}

/** `scanner` may change from line to line. Its rules are ours, and small: it need not be waited for when it pauses. */
function* rawHits(batch: LineBatch, scanner: () => LineScanner): Generator<RawLine> {
  const matcher = {
    next: (text: Uint8Array, from: number) => scanner().next(text, from),
    get pausedAt() {
      return scanner().pausedAt;
    },
  };
  for (const hit of lineHits(batch, matcher)) if ('raw' in hit) yield hit.raw;
}

function judgedText(problem: Problem): string {
  return stripEscapes(problem.text).slice(0, judgedChars);
}

function scoreOf(rule: number): number {
  return problemRules[rule]?.score ?? 0;
}

function best(found: readonly Found[], lastSection: number): Found[] {
  const isLast = (problem: Found) => Number(problem.section === lastSection);
  return [...found]
    .sort((a, b) => isLast(b) - isLast(a) || b.score - a.score || a.line - b.line)
    .slice(0, logLimits.problems);
}

function problemOf(raw: RawLine): Problem {
  const { number, offset, text, cut } = lineOf({ timeAt: () => null }, raw);
  if (text.length <= logLimits.problemChars) return { line: number, offset, text, cut };
  // A pair of surrogates stays together.
  const end =
    logLimits.problemChars - (/[\ud800-\udbff]/.test(text.charAt(logLimits.problemChars - 1)) ? 1 : 0);
  return { line: number, offset, text: text.slice(0, end), cut: true };
}
