import { pathWith } from '../data/api.ts';
import { DownloadLink } from '../parts/download.tsx';
import { Toggle } from '../parts/toggle.tsx';
import type { LogLooks } from './use-log-looks.ts';

export function LogTools(props: {
  readonly buildId: string;
  readonly attempt: number;
  readonly looks: LogLooks;
  readonly isRunning: boolean;
}) {
  const { buildId, attempt, looks } = props;
  return (
    <div class="log-tools">
      {props.isRunning && (
        <Toggle isOn={looks.isFollowing} set={looks.setFollowing} label="Follow the end" shortcut="f">
          Follow
        </Toggle>
      )}
      <Toggle isOn={looks.isWrapped} set={looks.setWrapped} label="Wrap lines" shortcut="w">
        Wrap
      </Toggle>
      <Toggle isOn={looks.withTimes} set={looks.setTimes} label="Show times" shortcut="t">
        Times
      </Toggle>
      <Toggle isOn={looks.isFilling} set={looks.setFilling} label="Fill the window" shortcut="m">
        Fill
      </Toggle>
      <DownloadLink
        path={pathWith(`/api/v1/builds/${encodeURIComponent(buildId)}/log`, { attempt })}
        name={`${buildId}-${attempt}.log`}
      >
        Raw
      </DownloadLink>
    </div>
  );
}
