import { rootConformance } from '@fieldseal/testing';
import { afterAll, beforeEach, describe, test } from 'vitest';
import { describeTokens } from './pkcs11-parts.ts';
import { softTokens } from './soft-token.ts';

describeTokens('a PKCS#11 token as a root', () => {
  const keys = [
    { name: 'root-1' },
    { name: 'mac', type: 'mac' },
    { name: 'pair', type: 'rsa' },
  ] as const;
  const tokens = softTokens({ fieldseal: keys, other: keys });
  afterAll(() => tokens.remove());

  // what the token says of itself, and the key
  describe.each([
    ['', 'root-1'],
    ['overwrite-iv wants-zeros', 'root-1'],
    ['append-iv wants-nothing', 'root-1'],
    ['no-gcm', 'root-1'],
    ['no-gcm no-wrap', 'root-1'],
    ['', 'pair'],
  ])('that says "%s", with the key %s', (words, label) => {
    beforeEach(() => tokens.profile(words));
    const on = (token: string) =>
      tokens.root({
        module: tokens.faultyModule,
        token: { label: token },
        key: { label },
        ...(label === 'pair' ? {} : { macKey: { label: 'mac' } }),
      });
    const cases = rootConformance({
      root: on('fieldseal'),
      otherDevice: on('other'),
      async takeAway() {
        tokens.unplug('tokens');
        return async () => tokens.plugIn();
      },
      async slowDown() {
        tokens.profile(words, 'slow');
        return async () => tokens.profile(words);
      },
      secrets: [tokens.pin],
    });
    test.each(cases)('$name', ({ run }) => run());
  });
});
