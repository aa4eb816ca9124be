/** A text in which addresses may stand, as anybody may see it: without user and password, and without the token of a query. */
export function withoutUrlSecrets(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s'"]*@/gi, '$1')
    .replaceAll(/([?&](?:[a-z_]*token|password|key)=)[^&\s'"]+/gi, '$1…');
}
