/**
 * One run of `work` at a time. A call while one is under way is answered by one further run, which all who call meanwhile
 * share: whoever calls is answered by a run that began after the call.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;

  function start(): Promise<void> {
    const run = work().finally(() => {
      running = null;
    });
    running = run;
    return run;
  }

  return () => {
    if (running === null && following === null) return start();
    // How the present run ends is told to those who wait for it.
    following ??= (running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        following = null;
        return start();
      });
    return following;
  };
}
