import type { ManifestField } from '@fieldseal/core';
import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import { type NarrowPlace, narrowLine } from './narrow-line.ts';

export interface NarrowedTypes {
  readonly text: string;
  /** `Model.field` of every filter whose operators were taken away. */
  readonly narrowed: ReadonlySet<string>;
  /** Lines about a sealed field in a place that is known, of a form that is not. */
  readonly unknown: readonly string[];
}

const BLOCK = /^\s*export (?:type|const|interface) (\w+)/;
const FIELD_LINE = /^\s*(?:readonly )?(\w+)\??: /;

/**
 * Takes from the types of a generated client what cannot be asked of a sealed field: operators
 * without an index, sorting, sums. It only takes away; text of an unknown form is left as it is,
 * because the refusal at run time is the guarantee and these types a convenience.
 */
export function narrowTypes(text: string, manifest: PrismaManifest): NarrowedTypes {
  const places = placesOf(manifest);
  const narrowed = new Set<string>();
  const unknown: string[] = [];
  let block = '';
  const lines = text.split('\n').flatMap((line) => {
    block = BLOCK.exec(line)?.[1] ?? block;
    const place = findPlace(places, block, line);
    if (place === undefined) return [line];
    const result = narrowLine(line, block, place);
    if (result === 'unknown') unknown.push(`${block}: ${line.trim()}`);
    if (typeof result !== 'object') return [line];
    if (result.isFilter) narrowed.add(`${place.model}.${place.field.name}`);
    return result.line === undefined ? [] : [result.line];
  });
  return { text: lines.join('\n'), narrowed, unknown };
}

type Places = ReadonlyMap<string, ReadonlyMap<string, ManifestField>>;

function placesOf({ models, graph }: PrismaManifest): Places {
  const sealed = new Map(
    models.map(({ name, fields }) => [name, new Map(fields.map((field) => [field.name, field]))]),
  );
  return new Map(Object.keys(graph).map((name) => [name, sealed.get(name) ?? new Map()]));
}

/** A type belongs to the model with the longest name that it starts with. */
function findPlace(places: Places, block: string, line: string): NarrowPlace | undefined {
  const name = FIELD_LINE.exec(line)?.[1];
  if (name === undefined) return undefined;
  let model: string | undefined;
  for (const each of places.keys())
    if (block.startsWith(each) && each.length > (model?.length ?? 0)) model = each;
  const field = places.get(model ?? '')?.get(name);
  return model === undefined || field === undefined ? undefined : { model, field };
}
