import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyResource } from '../../policy/access-request.ts';
import { denied } from './access.ts';
import { requireCustomerKey } from './key-metadata.ts';
import { changeKey, type KmsParts, lookAtKey } from './kms-parts.ts';
import { type PageEnd, type PageOrder, type PageRequest, pageOf } from './page.ts';
import { boundedText, checkMembers, invalidRequest } from './request.ts';

/** A name and a value on a key, for people and for conditions of policies. */
export interface Tag {
  /**
   * 1 to 128 letters, digits, spaces and `_ . : / = + - @`, of any script; `fieldseal:` and `aws:`
   * are reserved.
   */
  readonly TagKey: string;
  /** Up to 256 of the same. */
  readonly TagValue: string;
}

export interface KeyTags {
  /**
   * Adds tags, or changes their values. All or none.
   * @throws `ERR_REQUEST_INVALID`, `ERR_TAG_INVALID`, `ERR_LIMIT_EXCEEDED` above 50
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
/** As in AWS KMS, whose tags go into bills and policies. */
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const RESERVED = ['fieldseal:', 'aws:'];
type TagPair = readonly [name: string, value: string];

/**
 * A key has no more than 50, so they come at once. Any text could be the name of a tag: markers
 * begin with the key they are of, so that one that nobody gave is refused.
 */
function byName({ id }: KeyRecord): PageOrder<TagPair> {
  return {
    nameOf: ([name]) => `${id}.${name}`,
    pattern: new RegExp(`^${id}\\..{1,128}$`, 'su'),
    most: MAX_TAGS,
    otherwise: MAX_TAGS,
  };
}

/** Tags that are each well-formed, and still not to be had. */
function invalidTag(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_TAG_INVALID', message, { option });
}

function tagText(option: string, value: unknown, least: number, most: number): string {
  const text = boundedText(option, value, least, most);
  if (CHARACTERS.test(text)) return text;
  throw invalidTag(option, 'Must be letters, digits, spaces and _ . : / = + - @');
}

function tagName(value: unknown): string {
  const name = tagText('TagKey', value, 1, 128);
  if (!RESERVED.some((prefix) => name.toLowerCase().startsWith(prefix))) return name;
  throw invalidTag('TagKey', `Names that start with ${RESERVED.join(' or ')} are reserved`);
}

/** Checks tags and keeps each name once. */
export function checkTags(given: unknown): ReadonlyMap<string, string> {
  if (!Array.isArray(given)) throw invalidRequest('Tags', 'Must be a list of tags');
  const tags = new Map<string, string>();
  for (const tag of given as readonly Partial<Tag>[]) {
    checkMembers(tag, ['TagKey', 'TagValue']);
    const name = tagName(tag.TagKey);
    if (tags.has(name)) throw invalidTag('Tags', 'Must have each name once');
    tags.set(name, tagText('TagValue', tag.TagValue, 0, 256));
  }
  requireFewTags(tags.size);
  return tags;
}

function requireFewTags(count: number): void {
  if (count <= MAX_TAGS) return;
  throw new FieldsealError('ERR_LIMIT_EXCEEDED', `A key has at most ${MAX_TAGS} tags`);
}

/**
 * As in AWS KMS: whoever makes a key with tags needs the right to tag it as well, or conditions on
 * tags would be met by making another key.
 * @throws `ERR_ACCESS_DENIED`
 */
export function requireTagsOfNewKey(
  { access, policies, primitives }: KmsParts,
  snapshot: ControlSnapshot,
  made: { readonly resource: KeyResource; readonly tags: ReadonlyMap<string, string> },
): void {
  const { resource, tags } = made;
  if (tags.size === 0) return;
  const decision = policies.decideOnNewKey(snapshot, {
    principal: access.principals.asking(),
    action: 'TagResource',
    resource,
    now: primitives.clock.now(),
    requestTags: Object.fromEntries(tags),
  });
  if (!decision.allowed) throw denied('TagResource');
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
      const all = [...(snapshot.tags.get(key.id) ?? [])];
      const { page, end } = pageOf(request, all, byName(key));
      return { Tags: page.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...end };
    },
  };
}
