/** A repository's address as anybody may see it: without user and password. What is no URL (`git@host:path`, a folder) stays. */
export function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
