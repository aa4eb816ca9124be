/** Empty farms teach: each says what is missing, why, and the exact line that mends it. */
import { useState } from 'preact/hooks';
import type { NewJoinToken } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { useFarm } from '../shell/farm-context.ts';
import { ActionButton } from './action.tsx';
import { CommandLines } from './copy.tsx';
import { Empty } from './notes.tsx';

export function FirstRepository() {
  return (
    <Empty title="No repository yet" isPage>
      <p>Croft builds every commit of the repositories it watches. Start it on one, by path or address:</p>
      <CommandLines
        label="Line that watches a repository"
        lines={['npm start -- --repo https://git.example.org/project.git']}
      />
      <p>
        Or name several in <code>farm.config.json</code>:
      </p>
      <CommandLines
        label="Configuration with one repository"
        lines={[
          '{',
          '  "repositories": [',
          '    { "name": "project", "url": "https://git.example.org/project.git" }',
          '  ]',
          '}',
        ]}
      />
      <p class="quiet">
        Without a recipe in the repository, Croft looks at its files and chooses how to build and test it.
      </p>
    </Empty>
  );
}

export function FirstMachine() {
  const { can } = useFarm();
  return (
    <Empty title="No machine yet">
      <p>
        Nothing can be built before a machine joins. A machine dials in by itself and needs no open port; run
        this on it:
      </p>
      {can('machines') ? <JoinWithToken /> : <JoinByHand />}
    </Empty>
  );
}

/** For readers who may hand out join tokens: one press gives the whole line. */
export function JoinWithToken() {
  const { api } = useDeps();
  const [joining, setJoining] = useState<NewJoinToken | null>(null);
  if (joining !== null) {
    return (
      <>
        <CommandLines label="Line to run on the machine" lines={[joining.command]} />
        <p class="quiet">The token in it works once and is not shown again.</p>
      </>
    );
  }
  return (
    <ActionButton
      kind="primary"
      perform={async () => setJoining(await api.post<NewJoinToken>('/api/v1/join-tokens', {}))}
    >
      Make a join token
    </ActionButton>
  );
}

function JoinByHand() {
  const { api } = useDeps();
  const farm = api.address('') || location.origin;
  return (
    <>
      <CommandLines
        label="Lines that join a machine"
        lines={[
          `curl -X POST ${farm}/api/v1/join-tokens -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '{}'`,
          `bun run agent -- --coordinator ${farm} --join JOIN_TOKEN`,
        ]}
      />
      <p class="quiet">
        The first line needs an access token with the scope <code>machines</code>, such as the one in the data
        folder&apos;s <code>admin-token</code>. <a href="#settings">Give it to this page</a> and it makes the
        line for you.
      </p>
    </>
  );
}
