import { useState } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';

/** Lines to run by hand, with a button that copies them. Where the clipboard is closed to the page, they can be selected. */
export function CommandLines(props: { readonly lines: readonly string[]; readonly label: string }) {
  return (
    <div class="command">
      <pre>
        <code>{props.lines.join('\n')}</code>
      </pre>
      <CopyButton text={props.lines.join('\n')} what={props.label} />
    </div>
  );
}

export function CopyButton(props: { readonly text: string; readonly what: string }) {
  const { clock } = useDeps();
  const [said, setSaid] = useState('');
  function say(text: string): void {
    setSaid(text);
    clock.after(2_000, () => setSaid(''));
  }
  function copy(): void {
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard === undefined) say('Select and copy');
    else
      clipboard.writeText(props.text).then(
        () => say('Copied'),
        () => say('Select and copy'),
      );
  }
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy: ${props.what}`}>
      <span aria-live="polite">{said || 'Copy'}</span>
    </button>
  );
}
