import { readAnnotations } from '../annotation/read-annotations.ts';
import { createProblems, type Problems } from '../problem.ts';
import type { SchemaSource } from '../source/schema-source.ts';

/**
 * Annotations in comments that belong to nothing: Prisma would move them over the gap onto the
 * next field, or not see them at all.
 */
export function checkStrays({ strays }: SchemaSource, problems: Problems): void {
  for (const comment of strays) {
    const { text, isDoc } = comment;
    if (isDoc) {
      const own = createProblems();
      const [annotation] = readAnnotations([comment], 'A comment', own);
      for (const problem of own.list) problems.add(problem, problem.message, problem.paste);
      if (annotation === undefined) continue;
      const message = `A comment: @${annotation.tag} belongs to no field; put it directly above a field or behind it`;
      problems.add(comment, message);
    } else if (/^\s*\*?\s*@(encrypted|token)\b/.test(text)) {
      const message =
        'A comment: an annotation needs three slashes, with fewer it seals nothing; write';
      problems.add(comment, message, [`/// ${text.replace(/^[\s*]+|\s+$/g, '')}`]);
    }
  }
}
