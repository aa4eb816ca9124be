/** `import text from './x.sql' with { type: 'text' }`: the file's content, embedded by the bundler. */
declare module '*.sql' {
  const text: string;
  export = text;
}
