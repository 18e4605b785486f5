import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
// the name of the file in backticks on a line of its own, then its text
const FILE = /^`([^`\n]+)`\n\n```\w+\n([\s\S]*?)^```$/gm;
const SHELL = /^```sh\n([\s\S]*?)^```$/gm;

/** `Encrypt an existing column`, as it stands in the README. */
export interface ColumnGuide {
  /** The lines of the schema that take the place of the one that declares `email`. */
  readonly schema: string;
  readonly config: string;
  /** Each line of shell, in order. */
  readonly commands: readonly string[];
}

export interface Quickstart {
  /** By path in the project. */
  readonly files: ReadonlyMap<string, string>;
  /** What `npm install` is asked for. */
  readonly packages: readonly string[];
  /** The line that generates the client and makes the tables. */
  readonly migrate: string;
  /** The line that compiles and starts the application. */
  readonly start: string;
}

function sectionOf(heading: string): string {
  const text = readFileSync(README, 'utf8');
  const start = text.indexOf(`\n## ${heading}`);
  return text.slice(start, text.indexOf('\n## ', start + 1));
}

export function readColumnGuide(): ColumnGuide {
  const section = sectionOf('Encrypt an existing column');
  const [, schema = ''] = /^```prisma\n([\s\S]*?)^```$/m.exec(section) ?? [];
  const [file] = [...section.matchAll(FILE)];
  const lines = [...section.matchAll(SHELL)].flatMap(([, body]) => (body ?? '').trim().split('\n'));
  return { schema, config: file?.[2] ?? '', commands: lines };
}

/** The quickstart as it stands in the README. */
export function readQuickstart(): Quickstart {
  const section = sectionOf('Quickstart\n');
  const files = new Map(
    [...section.matchAll(FILE)].map(([, path, body]) => [path ?? '', body ?? '']),
  );
  const lines = [...section.matchAll(SHELL)].flatMap(([, body]) => (body ?? '').trim().split('\n'));
  const install = lines.filter((line) => line.startsWith('npm install '));
  return {
    files,
    packages: install.flatMap((line) => line.split(' ').slice(2)).filter((each) => each[0] !== '-'),
    migrate: lines.find((line) => line.startsWith('npx prisma generate')) ?? '',
    start: lines.find((line) => line.startsWith('npx tsc')) ?? '',
  };
}
