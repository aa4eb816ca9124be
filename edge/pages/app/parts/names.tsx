/** Names and hashes of any length: cut to one line, whole on hover and focus. */
import { commitHref } from '../rules/route.ts';

export function Name(props: { readonly text: string; readonly href?: string; readonly class?: string }) {
  const kind = `name ${props.class ?? ''}`;
  return props.href === undefined ? (
    <span class={kind} title={props.text}>
      {props.text}
    </span>
  ) : (
    <a class={kind} href={props.href} title={props.text}>
      {props.text}
    </a>
  );
}

export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}

export function CommitLink(props: { readonly repo: string; readonly hash: string }) {
  return (
    <a class="hash" href={commitHref(props.repo, props.hash)} title={props.hash}>
      {shortHash(props.hash)}
    </a>
  );
}
