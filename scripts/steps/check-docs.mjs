import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { errorCodes } from './error-codes.mjs';
import { root } from './run.mjs';

const IGNORED = new Set(['node_modules', 'dist', '.git', '.turbo', 'generated', 'coverage']);

/** @returns {string[]} all Markdown files of the repository */
function markdownFiles(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** As the sites that show Markdown make anchors of headings. */
function anchors(text) {
  const headings = text.match(/^#{1,6} .+$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

/** What is wrong with one link; `undefined` when nothing is. */
function linkProblem(file, link) {
  const [path, anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(target)) return 'no file';
  if (!anchor || !target.endsWith('.md')) return undefined;
  return anchors(readFileSync(target, 'utf8')).has(anchor) ? undefined : 'no heading';
}

/** Links to files and headings of this repository that do not exist. */
export function brokenLinks() {
  return markdownFiles().flatMap((file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    return links
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => ({ link, problem: linkProblem(file, link) }))
      .filter(({ problem }) => problem !== undefined)
      .map(({ link, problem }) => `${relative(root, file)}: ${problem} ${link}`);
  });
}

/** Error codes without a section in docs/errors.md, and sections without a code. */
export function errorDocs() {
  const codes = errorCodes();
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const sections = new Set([...page.matchAll(/^#+ `?(ERR_[A-Z_]+)`?/gm)].map(([, code]) => code));
  return [
    ...[...codes].filter((code) => !sections.has(code)).map((code) => `docs/errors.md: no ${code}`),
    ...[...sections]
      .filter((code) => !codes.has(code))
      .map((code) => `docs/errors.md: ${code} is no error code`),
  ];
}
