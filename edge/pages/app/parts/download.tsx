import type { ComponentChildren } from 'preact';
import { FarmError } from '../../../../agent/wire/farm-error.ts';
import { useDeps } from '../data/deps.ts';
import { useFarm } from '../shell/farm-context.ts';
import { ActionButton } from './action.tsx';

/**
 * A link where anyone may read. Where a token is needed a link cannot carry it, and no token belongs into an address: the
 * page fetches the bytes itself.
 */
export function DownloadLink(props: {
  readonly path: string;
  readonly name: string;
  readonly children: ComponentChildren;
}) {
  const { api } = useDeps();
  const { farm } = useFarm();
  if (farm?.anonymousReading !== false) {
    return (
      <a class="download" href={api.address(props.path)} download={props.name}>
        {props.children}
      </a>
    );
  }
  return (
    <ActionButton perform={async () => save(await fetchBlob(api, props.path), props.name)}>
      {props.children}
    </ActionButton>
  );
}

async function fetchBlob(api: ReturnType<typeof useDeps>['api'], path: string): Promise<Blob> {
  const { signal } = new AbortController();
  const response = await api.open(path, { accept: '*/*', lastEventId: '', signal });
  if (response.body === null) throw new FarmError('blob_missing', 'The answer is empty', { blame: 'farm' });
  return await response.blob();
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
