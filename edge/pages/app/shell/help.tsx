import { Dialog } from '../parts/dialog.tsx';

interface Keys {
  readonly keys: readonly string[];
  readonly what: string;
}

const groups: readonly { readonly title: string; readonly keys: readonly Keys[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      { keys: ['1', '…', '6'], what: 'Grid, builds, queue, machines, health, settings' },
      { keys: ['?'], what: 'This help' },
      { keys: ['Tab'], what: 'Next control; the first one skips to the content' },
    ],
  },
  {
    title: 'Grid',
    keys: [
      { keys: ['←', '↑', '→', '↓'], what: 'Move between builds' },
      { keys: ['Enter'], what: 'Open the build or commit' },
      { keys: ['Home', 'End'], what: 'First and last builder' },
      { keys: ['PgUp', 'PgDn'], what: 'A window of commits' },
      { keys: ['/'], what: 'Filter' },
    ],
  },
  {
    title: 'Log',
    keys: [
      { keys: ['/'], what: 'Search' },
      { keys: ['n', 'N'], what: 'Next and previous match' },
      { keys: ['e', 'E'], what: 'Next and previous problem' },
      { keys: ['g', 'G'], what: 'Start and end' },
      { keys: ['f'], what: 'Follow the end' },
      { keys: ['w', 't', 'm'], what: 'Wrap lines, show times, fill the window' },
      { keys: ['j', 'k'], what: 'A line down, a line up' },
    ],
  },
];

export function Help(props: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={props.onClose}>
      {groups.map((group) => (
        <section key={group.title}>
          <h3>{group.title}</h3>
          <dl class="keys">
            {group.keys.map((entry) => (
              <div key={entry.what}>
                <dt>
                  {entry.keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{entry.what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p class="quiet">
        Single keys can be switched off in <a href="#settings">settings</a>.
      </p>
    </Dialog>
  );
}
