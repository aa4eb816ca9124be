/** Why a task was chosen, in one sentence for the page. */
import type { Rule } from './queues.ts';
import type { Task } from './types.ts';
import { count, ordinal } from './words.ts';

export function reasonOf(task: Task, rule: Rule): string {
  return `${task.class}: ${phraseOf(task, rule)}`;
}

function phraseOf(task: Task, rule: Rule): string {
  const branch = task.place?.branch ?? '';
  switch (rule.kind) {
    case 'requester': {
      const who = rule.requestedBy ?? 'requests without a name';
      return rule.seats === 1
        ? `first in line for ${who}`
        : `the turn of ${who}, one of ${rule.seats} in the ring`;
    }
    case 'newest':
      return task.priority === 0 ? 'the newest commit' : `the newest commit at priority ${task.priority}`;
    case 'oldest':
      return `the longest wait (every ${ordinal(rule.every)} turn goes to it)`;
    case 'window': {
      const window = `${rule.from} (passed) to ${rule.to} (failed)`;
      if (rule.whole) return `halves the regression window of ${branch}, ${window}`;
      return `part ${rule.from} to ${rule.to} of a regression window of ${branch}`;
    }
    case 'first-verdict':
      return `${branch} has no verdict yet, its newest place comes first`;
    case 'gap':
      return `in a hole of ${count(rule.places, 'place')} without a verdict on ${branch}`;
    case 'known':
      return 'nothing that would tell more waits';
  }
}
