/** The one HTML document. Everything in it comes from our own build, so nothing here needs escaping but the two addresses. */
export interface DocumentParts {
  readonly script: string;
  readonly style: string;
  readonly icon: string;
  /** Null: the API is where the document is. */
  readonly apiUrl: string | null;
  /** A policy to carry in the document, for web servers that send none; null leaves it to the header. */
  readonly policy: string | null;
}

function attribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

/**
 * References are relative, so the folder may stand anywhere. `blocking="render"` holds the first paint until the chosen theme is in
 * force; a browser that does not know it paints a little earlier.
 */
export function renderDocument(parts: DocumentParts): string {
  const policy =
    parts.policy === null
      ? ''
      : `<meta http-equiv="Content-Security-Policy" content="${attribute(parts.policy)}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="croft-api" content="${attribute(parts.apiUrl ?? '')}">
<title>Croft</title>
<link rel="icon" href="${parts.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${parts.style}">
<script type="module" blocking="render" src="${parts.script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>These pages read the farm's API with JavaScript. Without it, use the croft command or /api/v1.</noscript>
</body>
</html>
`;
}
