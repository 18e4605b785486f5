import type { SourcePlace } from '../problem.ts';

/** A value as written: `digits`, `2..10`, `"alias/kyc"`, `[a, b]`. */
export type AnnotationValue =
  | { readonly kind: 'word' | 'string'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] };

/** `name: value`, or a value alone. */
export interface AnnotationArgument extends SourcePlace {
  readonly name?: string;
  readonly value: AnnotationValue;
}

export interface Annotation extends SourcePlace {
  readonly tag: 'encrypted' | 'token';
  readonly args: readonly AnnotationArgument[];
}
