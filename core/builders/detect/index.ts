/**
 * How to build and test a repository that does not say so itself. The order of the table is the order of preference; a kind
 * that tests goes before one that only builds.
 */
import type { CommitFiles } from '../ports.ts';
import { detectCmake } from './cmake.ts';
import { detectGo } from './go.ts';
import { detectGoTree } from './go-tree.ts';
import { detectGradle, detectMaven } from './java.ts';
import { detectMake } from './make.ts';
import { detectNode } from './node.ts';
import { type Detected, type DetectedStep, type Detector, lookAt, type Unreadable } from './project.ts';
import { detectPython } from './python.ts';
import { detectRust } from './rust.ts';

const detectors: readonly Detector[] = [
  detectGoTree,
  detectNode,
  detectGo,
  detectRust,
  detectPython,
  detectMaven,
  detectGradle,
  detectMake,
  detectCmake,
];

/** What detection looks for, for people whose repository has none of it. */
export const detectedKinds =
  'package.json, go.mod, Cargo.toml, pyproject.toml, setup.py or tox.ini, pom.xml, build.gradle, a Makefile with a "test" target, CMakeLists.txt, the source tree of Go';

/** Null: nothing here is known. Rejects when the commit's files can't be read. */
export async function detect(files: CommitFiles): Promise<Detected | Unreadable | null> {
  const project = await lookAt(files);
  const found: Detected[] = [];
  for (const detector of detectors) {
    const answer = await detector(project);
    if (answer?.outcome === 'unreadable') return answer;
    if (answer !== null) found.push(answer);
  }
  const chosen = found.find((answer) => answer.tests) ?? found[0];
  if (chosen === undefined) return null;
  const others = found.filter((answer) => answer !== chosen).map((answer) => answer.file);
  if (others.length === 0) return chosen;
  return { ...chosen, why: `${chosen.why} ${others.join(' and ')} would have done too.` };
}

export type { DetectedStep };
