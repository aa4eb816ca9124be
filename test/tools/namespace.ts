/** A network of its own for one program, joined to ours by a line that loses packets or is slow. Needs root on Linux. */
import { execFileSync, spawnSync } from 'node:child_process';

export interface Namespace {
  /** Our end of the line, as the program in the namespace sees it. */
  readonly address: string;
  /** Put before a command, it runs in the namespace. */
  readonly within: readonly string[];
  /** Loses this share of the packets, in both directions. */
  lose(share: number): void;
  /** Packets that `lose` has dropped. */
  lost(): number;
  /** Lets this much through in each direction, in kilobits a second. */
  slow(kilobits: number): void;
  remove(): void;
}

function run(...[program = '', ...args]: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}

/** Why no namespace can be made here; null when it can. */
export function whyNoNamespace(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only';
  const name = `croft-try-${process.pid}`;
  for (const program of ['ip', 'iptables', 'tc']) {
    if (Bun.which(program) === null) return `${program} is not here`;
  }
  const tried = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (tried.status !== 0) return `ip netns: ${tried.stderr.trim()}`;
  spawnSync('ip', ['netns', 'delete', name]);
  return null;
}

/** `number` makes its names and addresses its own: 1 to 250. */
export function makeNamespace(number: number): Namespace {
  const name = `croft-${process.pid}-${number}`;
  const [ours, theirs] = [`cf${number}a`, `cf${number}b`];
  const address = `10.213.${number}.1`;
  const within = ['ip', 'netns', 'exec', name];
  function remove(): void {
    // With the namespace goes its end of the line, and with that ours.
    spawnSync('ip', ['netns', 'delete', name]);
    spawnSync('ip', ['link', 'delete', ours]);
  }
  remove();
  try {
    run('ip', 'netns', 'add', name);
    run('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name);
    run('ip', 'address', 'add', `${address}/24`, 'dev', ours);
    run('ip', 'link', 'set', ours, 'up');
    run(...within, 'ip', 'address', 'add', `10.213.${number}.2/24`, 'dev', theirs);
    run(...within, 'ip', 'link', 'set', theirs, 'up');
    run(...within, 'ip', 'link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address,
    within,
    lose(share) {
      const dice = ['-m', 'statistic', '--mode', 'random', '--probability', String(share), '-j', 'DROP'];
      for (const chain of ['INPUT', 'OUTPUT']) run(...within, 'iptables', '-A', chain, ...dice);
    },
    lost() {
      const [program = '', ...args] = [...within, 'iptables', '-nvxL'];
      const rules = execFileSync(program, args, { encoding: 'utf8' });
      return [...rules.matchAll(/^ *(\d+) +\d+ +DROP/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    slow(kilobits) {
      const shape = ['root', 'tbf', 'rate', `${kilobits}kbit`, 'burst', '16kb', 'latency', '400ms'];
      run('tc', 'qdisc', 'add', 'dev', ours, ...shape);
      run(...within, 'tc', 'qdisc', 'add', 'dev', theirs, ...shape);
    },
    remove,
  };
}
