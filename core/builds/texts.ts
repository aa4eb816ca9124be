/**
 * What Croft itself writes into a log. Every text is a function of stored facts alone, so that a resumed attempt writes
 * the same bytes again.
 */
import type { RunExit } from '../../agent/wire/protocol.ts';
import type { ConfigProblem, Plan } from '../builders/types.ts';
import { judgeExit } from './outcome.ts';
import type { Attempt, Build } from './types.ts';

const encoder = new TextEncoder();

/** Control characters of a name must not act on the reader's terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

export function bannerText(build: Build, attempt: Attempt, machine: string, plan: Plan): Uint8Array {
  const lines = [
    `croft: build ${build.id}, attempt ${attempt.number} of ${build.maxAttempts}, on ${plain(machine)} slot ${attempt.slot}`,
    `croft: ${plain(build.repo)} ${build.commit} with builder ${plain(build.builder)}`,
    `croft: recipe from ${plain(plan.origin.file)}: ${plain(plan.origin.why)}`,
    '',
  ];
  return encoder.encode(lines.join('\n'));
}

export function stepHeader(index: number, count: number, name: string): Uint8Array {
  return encoder.encode(`\n##### step ${index + 1} of ${count}: ${plain(name)}\n`);
}

export function stepTrailer(index: number, count: number, exit: RunExit, endsInNewline: boolean): Uint8Array {
  const text = `croft: step ${index + 1} of ${count} ${plain(judgeExit(exit).text)}\n`;
  return encoder.encode(endsInNewline ? text : `\n${text}`);
}

export function problemsText(problems: readonly ConfigProblem[]): Uint8Array {
  const lines = problems.flatMap((problem) => [
    `croft: ${plain(problem.path)}: ${plain(problem.problem)}`,
    `croft:   ${plain(problem.fix)}`,
  ]);
  return encoder.encode(`${['croft: this commit has no usable recipe', ...lines].join('\n')}\n`);
}

export function noteText(text: string): Uint8Array {
  return encoder.encode(`croft: ${plain(text)}\n`);
}
