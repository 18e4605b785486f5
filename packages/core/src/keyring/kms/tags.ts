import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyResource } from '../../policy/access-request.ts';
import { denied } from './access.ts';
import { requireApprovedFact } from './fact-of-key.ts';
import { requireCustomerKey } from './key-metadata.ts';
import {
  type CheckedChange,
  type CheckedEdit,
  type KmsParts,
  lookAtKey,
  namedKey,
  withFacts,
} from './kms-parts.ts';
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
   * @throws `ERR_REQUEST_INVALID`, `ERR_TAG_INVALID`, `ERR_LIMIT_EXCEEDED` above 50,
   * `ERR_APPROVAL_REQUIRED` where a policy asks for one of them and there are approvers
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

type TagRequest = Parameters<KeyTags['tagResource']>[0];
type UntagRequest = Parameters<KeyTags['untagResource']>[0];

/** Checked edit of `tagResource`; a tag that a policy asks for takes two. */
export function tagEdit(
  parts: KmsParts,
  { snapshot, key, request, approved }: CheckedChange<TagRequest>,
): CheckedEdit {
  checkMembers(request, ['KeyId', 'Tags']);
  const tags = checkTags(request.Tags);
  const facts = { requestTags: Object.fromEntries(tags) };
  const operation = 'TagResource';
  const decision = parts.access.key(snapshot, { operation, key, facts });
  requireCustomerKey(key, operation);
  const there = snapshot.tags.get(key.id) ?? new Map<string, string>();
  requireFewTags(new Set([...there.keys(), ...tags.keys()]).size);
  const changed = [...tags].filter(([name, value]) => there.get(name) !== value);
  const fact = { tags: changed.map(([name]) => name) };
  requireApprovedFact(parts, snapshot, { operation, key, fact, approved });
  return {
    edit: { put: [...tags].map(([name, value]) => parts.rows.tag(key.id, name, value)) },
    decision,
  };
}

function tagNames(given: unknown): ReadonlySet<string> {
  if (!Array.isArray(given)) throw invalidRequest('TagKeys', 'Must be a list of names');
  return new Set(given.map(tagName));
}

/** Checked edit of `untagResource`; a tag that a policy asks for takes two. */
export function untagEdit(
  parts: KmsParts,
  { snapshot, key, request, approved }: CheckedChange<UntagRequest>,
): CheckedEdit {
  checkMembers(request, ['KeyId', 'TagKeys']);
  const names = tagNames(request.TagKeys);
  const facts = { requestTags: Object.fromEntries([...names].map((name) => [name, ''])) };
  const operation = 'UntagResource';
  const decision = parts.access.key(snapshot, { operation, key, facts });
  requireCustomerKey(key, operation);
  const there = [...(snapshot.tags.get(key.id) ?? [])].filter(([name]) => names.has(name));
  if (there.length === 0) return { edit: null, decision };
  const fact = { tags: there.map(([name]) => name) };
  requireApprovedFact(parts, snapshot, { operation, key, fact, approved });
  const remove = there.map(([name, value]) => parts.rows.tag(key.id, name, value));
  return { edit: { put: [], remove }, decision };
}

export function createKeyTags(parts: KmsParts): KeyTags {
  return {
    async tagResource(request) {
      checkMembers(request, ['KeyId', 'Tags']);
      checkTags(request.Tags);
      await parts.control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const edit = tagEdit(parts, { snapshot, key, request, approved: false });
        return withFacts(parts, 'TagResource', key.id, edit);
      });
    },
    async untagResource(request) {
      checkMembers(request, ['KeyId', 'TagKeys']);
      tagNames(request.TagKeys);
      await parts.control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const edit = untagEdit(parts, { snapshot, key, request, approved: false });
        return withFacts(parts, 'UntagResource', key.id, edit);
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
