import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** TypeScript that a reader may copy. */
export interface CodeBlock {
  /** File and line, as editors take it. */
  readonly place: string;
  readonly source: 'docstring' | 'page';
  readonly code: string;
}

/** Blocks between fences for TypeScript; `prefix` is what stands before each of their lines. */
function blocksOf(file: string, prefix: RegExp, source: CodeBlock['source']): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { line: number; code: string[] } | undefined;
  for (const [index, line] of readFileSync(join(ROOT, file), 'utf8').split('\n').entries()) {
    const text = line.replace(prefix, '');
    if (open === undefined) {
      if (text === '```ts') open = { line: index + 1, code: [] };
    } else if (text === '```') {
      blocks.push({ place: `${file}:${open.line}`, source, code: `${open.code.join('\n')}\n` });
      open = undefined;
    } else {
      open.code.push(text);
    }
  }
  return blocks;
}

/** Files below a folder, as paths from the repository's. */
function filesIn(folder: string, suffix: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/**
 * All TypeScript in docstrings of the packages and on the pages. The README is not here: its test
 * runs it as a project of its own.
 */
export function codeBlocks(): readonly CodeBlock[] {
  const packages = readdirSync(join(ROOT, 'packages')).sort();
  const sources = packages
    .flatMap((name) => filesIn(`packages/${name}/src`, '.ts'))
    .filter((file) => !file.includes('.test'));
  const pages = [...filesIn('docs', '.md'), 'ARCHITECTURE.md', 'SECURITY.md', 'CONTRIBUTING.md'];
  return [
    ...sources.flatMap((file) => blocksOf(file, /^\s*\* ?/, 'docstring')),
    ...pages.flatMap((file) => blocksOf(file, /^$/, 'page')),
  ];
}
