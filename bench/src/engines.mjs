import { defaultRandom } from '../../packages/core/dist/cipher/default-engine.node.js';
import { createNobleEngine } from '../../packages/core/dist/cipher/noble-engine.js';
import { createNodeEngine } from '../../packages/core/dist/cipher/node-engine.js';
import { loadSodium } from '../../packages/core/dist/cipher/sodium.js';

export { defaultRandom };

/**
 * Every implementation that runs here, by the name that the findings use. Of sodium-native only
 * suite 2 differs from `node`.
 */
export function engines() {
  const sodium = loadSodium();
  return {
    noble: createNobleEngine(),
    node: createNodeEngine(),
    ...(sodium === undefined ? {} : { sodium: createNodeEngine(sodium) }),
  };
}
