import { describe, expect, it } from 'vitest';
import { normalizerId, whyNoNormalizer } from './written-normalizer.ts';

describe('a normaliser in an annotation', () => {
  it('is version 1 of ours where it has none', () => {
    expect(normalizerId('digits')).toBe('digits@1');
    expect(normalizerId('trim+plate@2')).toBe('trim@1+plate@2');
    expect(normalizerId(undefined)).toBe('raw@1');
  });

  it('is refused where it is not ours and has no version', () => {
    expect(whyNoNormalizer('trim+digits')).toBeUndefined();
    expect(whyNoNormalizer('plate@1')).toBeUndefined();
    expect(whyNoNormalizer('trim+plate')).toMatch(/no normaliser "plate".*digits/);
    expect(whyNoNormalizer('')).toMatch(/no normaliser ""/);
  });
});
