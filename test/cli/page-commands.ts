import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** Its commands are run with a device that is lost, so apart from the others. */
const LOST = /^## A lost TPM or HSM\n[\s\S]*?(?=^## )/m;

/** Blocks of commands of docs/operations.md, line by line; those in steps of a list as well. */
export function pageCommands(part: 'lost root' | 'others'): readonly (readonly string[])[] {
  const [lost = ''] = LOST.exec(PAGE) ?? [];
  const text = part === 'others' ? PAGE.replace(LOST, '') : lost;
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );
}
