import type { ComponentChildren } from 'preact';

export function Toggle(props: {
  readonly isOn: boolean;
  readonly set: (isOn: boolean) => void;
  readonly label: string;
  readonly shortcut?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={props.isOn}
      aria-label={props.label}
      title={props.shortcut === undefined ? props.label : `${props.label} (${props.shortcut})`}
      onClick={() => props.set(!props.isOn)}
    >
      {props.children}
    </button>
  );
}
