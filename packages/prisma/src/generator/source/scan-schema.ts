import type {
  SchemaSource,
  SourceBlock,
  SourceComment,
  SourceFile,
  SourceStatement,
} from './schema-source.ts';
import { splitComment } from './split-comment.ts';

const BLOCK_START = /^(\w+)\s+(\w+)\s*\{\s*(.*)$/;
const STATEMENT_NAME = /^@?@?[\w.]+/;

/**
 * Finds blocks, fields and comments with their lines. Prisma's own parser gives no lines and moves
 * a comment over gaps onto the next field; here it belongs to a field only when nothing is between.
 * The text has passed Prisma's parser, which takes one statement a line.
 */
export function scanSchema(files: readonly SourceFile[]): SchemaSource {
  const scanned = files.map(scanFile);
  return {
    files,
    blocks: scanned.flatMap(({ blocks }) => blocks),
    strays: scanned.flatMap(({ strays }) => strays),
  };
}

interface OpenBlock extends SourceBlock {
  readonly statements: SourceStatement[];
}

function scanFile({ path, text }: SourceFile): Omit<SchemaSource, 'files'> {
  const blocks: SourceBlock[] = [];
  const strays: SourceComment[] = [];
  let leading: SourceComment[] = [];
  let block: OpenBlock | undefined;
  let inBlockComment = false;

  const dropLeading = (): void => {
    strays.push(...leading);
    leading = [];
  };
  const readCode = (code: string, line: number, trailing: readonly SourceComment[]): void => {
    const start = BLOCK_START.exec(code);
    if (block === undefined && start) {
      const [, kind = '', name = '', rest = ''] = start;
      block = { kind, name, file: path, line, leading, statements: [], endLine: line };
      leading = [];
      // Prisma takes the first statement on the same line too.
      if (rest === '') strays.push(...trailing);
      else readCode(rest, line, trailing);
    } else if (code === '}') {
      if (block) blocks.push({ ...block, endLine: line });
      block = undefined;
      strays.push(...trailing);
      dropLeading();
    } else {
      const name = STATEMENT_NAME.exec(code)?.[0] ?? '';
      block?.statements.push({ name, text: code, file: path, line, leading, trailing });
      leading = [];
    }
  };

  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (inBlockComment) {
      strays.push({ file: path, line, text: content, isDoc: false });
      inBlockComment = !content.includes('*/');
      continue;
    }
    const { code, comment, isDoc, opensBlock } = splitComment(content);
    inBlockComment = opensBlock;
    const comments = comment === undefined ? [] : [{ file: path, line, text: comment, isDoc }];
    if (!isDoc) strays.push(...comments);
    const docs = isDoc ? comments : [];
    if (code !== '') readCode(code, line, docs);
    else if (isDoc) leading.push(...docs);
    else dropLeading();
  }
  dropLeading();
  return { blocks, strays };
}
