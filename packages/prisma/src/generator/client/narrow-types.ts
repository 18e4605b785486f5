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

interface ModelPlaces {
  readonly model: string;
  readonly fields: ReadonlyMap<string, ManifestField>;
}

/** By what the names of a model's types start with. */
type Places = ReadonlyMap<string, ModelPlaces>;

function placesOf({ models, graph }: PrismaManifest): Places {
  const places = new Map<string, ModelPlaces>();
  for (const model of Object.keys(graph)) {
    const sealed = models.find(({ name }) => name === model)?.fields ?? [];
    const place = { model, fields: new Map(sealed.map((field) => [field.name, field])) };
    places.set(model, place);
    // Some types of a model `card` start with `Card`.
    const capital = model.charAt(0).toUpperCase() + model.slice(1);
    if (!Object.hasOwn(graph, capital)) places.set(capital, place);
  }
  return places;
}

/** A type belongs to the model with the longest name that it starts with. */
function findPlace(places: Places, block: string, line: string): NarrowPlace | undefined {
  const name = FIELD_LINE.exec(line)?.[1];
  if (name === undefined) return undefined;
  let start = '';
  for (const each of places.keys())
    if (block.startsWith(each) && each.length > start.length) start = each;
  const place = places.get(start);
  const field = place?.fields.get(name);
  return place === undefined || field === undefined ? undefined : { model: place.model, field };
}
