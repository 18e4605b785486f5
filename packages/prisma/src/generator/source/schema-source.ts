import type { SourcePlace } from '../problem.ts';

/** One line of comment. `text` is what follows the slashes. */
export interface SourceComment extends SourcePlace {
  readonly text: string;
  /** Three slashes, which Prisma calls documentation; other comments say nothing to a generator. */
  readonly isDoc: boolean;
}

/** A line inside a block: a field, or a block attribute whose name starts with `@@`. */
export interface SourceStatement extends SourcePlace {
  readonly name: string;
  /** The line without indentation and comment. */
  readonly text: string;
  /** Doc comments directly above, without a gap. */
  readonly leading: readonly SourceComment[];
  /** The doc comment behind it on the same line. */
  readonly trailing: readonly SourceComment[];
}

export interface SourceBlock extends SourcePlace {
  readonly kind: string;
  readonly name: string;
  readonly leading: readonly SourceComment[];
  readonly statements: readonly SourceStatement[];
  /** Line of the closing brace. */
  readonly endLine: number;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface SchemaSource {
  readonly files: readonly SourceFile[];
  readonly blocks: readonly SourceBlock[];
  /** Comments that belong to no field and no block, and all that are not documentation. */
  readonly strays: readonly SourceComment[];
}
