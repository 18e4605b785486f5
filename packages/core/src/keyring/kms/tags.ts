import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KmsParts, lookAtKey } from './kms-parts.ts';
import { type PageEnd, type PageRequest, pageOf } from './page.ts';
import { boundedText, checkMembers, invalidRequest } from './request.ts';

/** A name and a value on a key, for people and for conditions of policies. */
export interface Tag {
  /** 1 to 128 characters; `fieldseal:` is reserved. */
  readonly TagKey: string;
  /** Up to 256 characters. */
  readonly TagValue: string;
}

export interface KeyTags {
  /**
   * Adds tags, or changes their values. All or none.
   * @throws `ERR_REQUEST_INVALID`, `ERR_LIMIT_EXCEEDED` above 50
   */
  tagResource(request: { readonly KeyId: string; readonly Tags: readonly Tag[] }): Promise<void>;
  /** Removes tags; one that is not there is no error. */
  untagResource(request: {
    readonly KeyId: string;
    readonly TagKeys: readonly string[];
  }): Promise<void>;
  listResourceTags(
    request: PageRequest & { readonly KeyId: string },
  ): Promise<PageEnd & { readonly Tags: readonly Tag[] }>;
}

const MAX_TAGS = 50;
const RESERVED = 'fieldseal:';

function tagName(value: unknown): string {
  const name = boundedText('TagKey', value, 1, 128);
  if (!name.toLowerCase().startsWith(RESERVED)) return name;
  throw invalidRequest('TagKey', `Names that start with "${RESERVED}" are reserved`);
}

/** Checks tags and keeps each name once. */
export function checkTags(given: unknown): ReadonlyMap<string, string> {
  if (!Array.isArray(given)) throw invalidRequest('Tags', 'Must be a list of tags');
  const tags = new Map<string, string>();
  for (const tag of given as readonly Partial<Tag>[]) {
    checkMembers(tag, ['TagKey', 'TagValue']);
    const name = tagName(tag.TagKey);
    if (tags.has(name)) throw invalidRequest('Tags', 'Must have each name once');
    tags.set(name, boundedText('TagValue', tag.TagValue, 0, 256));
  }
  requireFewTags(tags.size);
  return tags;
}

function requireFewTags(count: number): void {
  if (count <= MAX_TAGS) return;
  throw new FieldsealError('ERR_LIMIT_EXCEEDED', `A key has at most ${MAX_TAGS} tags`);
}

export function createKeyTags(parts: KmsParts): KeyTags {
  const { rows } = parts;
  return {
    async tagResource(request) {
      checkMembers(request, ['KeyId', 'Tags']);
      const tags = checkTags(request.Tags);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'TagResource',
        facts: { requestTags: Object.fromEntries(tags) },
        edit(snapshot, key) {
          requireCustomerKey(key, 'TagResource');
          requireFewTags(
            new Set([...(snapshot.tags.get(key.id)?.keys() ?? []), ...tags.keys()]).size,
          );
          return { put: [...tags].map(([name, value]) => rows.tag(key.id, name, value)) };
        },
      });
    },
    async untagResource(request) {
      checkMembers(request, ['KeyId', 'TagKeys']);
      if (!Array.isArray(request.TagKeys))
        throw invalidRequest('TagKeys', 'Must be a list of names');
      const names = new Set(request.TagKeys.map(tagName));
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'UntagResource',
        facts: { requestTags: Object.fromEntries([...names].map((name) => [name, ''])) },
        edit(snapshot, key) {
          requireCustomerKey(key, 'UntagResource');
          const there = [...(snapshot.tags.get(key.id) ?? [])].filter(([name]) => names.has(name));
          if (there.length === 0) return null;
          return { put: [], remove: there.map(([name, value]) => rows.tag(key.id, name, value)) };
        },
      });
    },
    async listResourceTags(request) {
      checkMembers(request, ['KeyId', 'Limit', 'Marker']);
      const look = { keyId: request.KeyId, operation: 'ListResourceTags' } as const;
      const { snapshot, key } = lookAtKey(parts, look, 'id only');
      const all = [...(snapshot.tags.get(key.id) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      const { page, end } = pageOf(request, all, ([name]) => name);
      return { Tags: page.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...end };
    },
  };
}
