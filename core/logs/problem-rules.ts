/**
 * How common tools say that something went wrong. A rule is an expression of `regex/syntax.ts`; the score says how surely it names
 * the cause rather than a consequence (`make: *** Error 2` is the last to know). More tools: add a line.
 */
export interface ProblemRule {
  readonly score: number;
  readonly pattern: string;
}

/** Tools that print sections stop at the first that fails, so what stands in the last one counts most. */
export const sectionPattern = '^##### ';

/** What only looks like a problem. */
export const harmlessPattern =
  '\\b(0|[Nn]o|without|zero) (errors?|failed|failures?|problems)\\b|\\b([Ff]ailures|[Ee]rrors|[Ff]ailed|fail): +0\\b|\\b0 fail\\b';

export const problemRules: readonly ProblemRule[] = [
  // A program died.
  {
    score: 97,
    pattern: '^panic: |\\bpanicked at |^fatal error: |^SUMMARY: \\w+Sanitizer|ERROR: \\w+Sanitizer',
  },
  {
    score: 95,
    pattern: '[Ss]egmentation fault|\\bSIGSEGV\\b|\\(core dumped\\)|\\bBus error\\b|WARNING: DATA RACE',
  },
  { score: 95, pattern: '[Oo]ut of memory|[Nn]o space left on device|JavaScript heap' },
  // A compiler points at a place: file:line:column (C, C++, Java, Swift, Go, Rust), file(line,column) (TypeScript, C#).
  { score: 92, pattern: '^[^ \\t:][^:]*:\\d+(:\\d+)?: (fatal )?error\\b' },
  { score: 92, pattern: '^error(\\[E\\d+\\])?: |\\berror [A-Z]{1,4}\\d{3,5}: ' },
  { score: 88, pattern: '^[^ \\t:]+\\.go:\\d+:\\d+: |^# command-line-arguments|^vet: ' },
  { score: 88, pattern: 'undefined reference to |undefined symbol|multiple definition of |cannot find -l' },
  {
    score: 88,
    pattern: '^CMake Error|^SyntaxError: |Cannot find module |ModuleNotFoundError: |ImportError: ',
  },
  // A test failed: Go, TAP and Node, pytest, Rust, Bun, mocha and vitest, Gradle, Jest, GoogleTest, CTest.
  { score: 92, pattern: '^ *--- FAIL: ' },
  { score: 90, pattern: '^ *not ok \\d|^\\(fail\\) |^\\[  FAILED  \\] |\\*\\*\\*Failed ' },
  { score: 90, pattern: '^ *[\u2717\u2718\u2716\u00d7\u2715] |^ +\u25cf |^test .* \\.\\.\\. FAILED$' },
  { score: 88, pattern: '^E {2,}[^ ]|^FAILED [^ ]+::|^ERROR [^ ]+::| FAILED$|^FAIL: |^ERROR: test' },
  { score: 86, pattern: '^FAIL[ \\t]+[^ \\t]|\\bAssertionError\\b|[Aa]ssertion .*failed' },
  // An exception nobody caught.
  {
    score: 86,
    pattern: '^Traceback \\(most recent call last\\):|^Exception in thread |^Unhandled |\\bUncaught ',
  },
  { score: 84, pattern: '^ *([A-Za-z_][\\w.]*\\.)?\\w*(Error|Exception)( \\[\\w+\\])?: ' },
  { score: 70, pattern: '^Caused by: ' },
  // A tool gave up.
  { score: 80, pattern: '^fatal: |: command not found|: not found$|^[Ee]rror: ' },
  { score: 70, pattern: '^\\[ERROR\\]|^ERROR: |^ERROR |\\bERR_[A-Z_]+|\\berror: ' },
  { score: 65, pattern: '^FAILED: |^npm ERR!|^npm error |BUILD FAIL(ED|URE)|^FAIL$' },
  {
    score: 60,
    pattern: 'No such file or directory|[Pp]ermission denied|[Cc]onnection refused|\\b[Tt]imed out\\b',
  },
  { score: 55, pattern: 'ld returned \\d+ exit status|\\bFATAL\\b|\\bCRITICAL\\b|\\bERROR\\b|\\bKilled$' },
  { score: 50, pattern: '^g?make(\\[\\d+\\])?: \\*\\*\\* |^ninja: build stopped' },
  // Croft itself: always there when a step failed, so that there is somewhere to jump to.
  {
    score: 45,
    pattern: '^croft: this |^croft: step \\d+ of \\d+ (failed|stopped|died|killed|could not|lost)',
  },
  { score: 30, pattern: '\\b[Ff]ailed\\b|\\bFAIL(ED|URE)?\\b' },
];
