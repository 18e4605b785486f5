import type { Tags } from '../../policy/access-request.ts';

/**
 * Member of what is signed that holds the tags of the proposer: conditions of policies ask for them when it
 * is done. No operation takes a parameter of this name.
 */
const MEMBER = 'ProposerTags';

/** @param content - Parameters of an operation as JSON. */
export function withProposerTags(content: string, tags: Tags | undefined): string {
  if (tags === undefined || Object.keys(tags).length === 0) return content;
  return JSON.stringify({ ...(JSON.parse(content) as object), [MEMBER]: tags });
}

/** The parameters of the operation, and the tags of who proposed it. */
export function withoutProposerTags(content: string): {
  readonly content: string;
  readonly tags: Tags | undefined;
} {
  const { [MEMBER]: tags, ...request } = JSON.parse(content) as Record<string, unknown>;
  if (tags === undefined) return { content, tags: undefined };
  return { content: JSON.stringify(request), tags: tags as Tags };
}
