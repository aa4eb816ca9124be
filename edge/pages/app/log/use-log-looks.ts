import { useCallback, useState } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import type { Shortcuts } from '../shell/shortcuts.ts';
import type { LogPlace } from './use-log.ts';

/** How the reader wants to see the log. */
export interface LogLooks {
  readonly isFollowing: boolean;
  readonly setFollowing: (isOn: boolean) => void;
  readonly isWrapped: boolean;
  readonly setWrapped: (isOn: boolean) => void;
  readonly withTimes: boolean;
  readonly setTimes: (isOn: boolean) => void;
  readonly isFilling: boolean;
  readonly setFilling: (isOn: boolean) => void;
}

/** Wrapping and times are remembered; on a phone lines wrap unless the reader said otherwise. */
export function useLogLooks({ route, attempt }: LogPlace): LogLooks & { readonly shortcuts: Shortcuts } {
  const isPhone = useMedia(phoneQuery);
  const [isFollowing, setFollowing] = useState(attempt.state === 'running' && route.line === null);
  const [isFilling, setFilling] = useState(false);
  const [isWrapped, setWrapped] = useChoice('log-wrap', isPhone);
  const [withTimes, setTimes] = useChoice('log-times', false);
  const looks: LogLooks = {
    isFollowing,
    setFollowing,
    isWrapped,
    setWrapped,
    withTimes,
    setTimes,
    isFilling,
    setFilling,
  };
  const shortcuts = {
    f: () => setFollowing(!isFollowing),
    w: () => setWrapped(!isWrapped),
    t: () => setTimes(!withTimes),
    m: () => setFilling(!isFilling),
    Escape: () => setFilling(false),
  };
  return { ...looks, shortcuts };
}

/** A switch that is remembered. */
function useChoice(name: string, otherwise: boolean): [boolean, (isOn: boolean) => void] {
  const { session } = useDeps();
  const [isOn, setOn] = useState(() => {
    const chosen = session.choice(name);
    return chosen === null ? otherwise : chosen === 'on';
  });
  const set = useCallback(
    (next: boolean) => {
      session.choose(name, next ? 'on' : 'off');
      setOn(next);
    },
    [session, name],
  );
  return [isOn, set];
}
