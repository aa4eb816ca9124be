import { useEffect } from 'preact/hooks';
import { useFarm } from './farm-context.ts';

/** The tab's title: the page first, since tabs are narrow. */
export function useTitle(title: string): void {
  const { farm } = useFarm();
  const farmName = farm?.name ?? 'Croft';
  useEffect(() => {
    document.title = `${title} · ${farmName}`;
  }, [title, farmName]);
}
