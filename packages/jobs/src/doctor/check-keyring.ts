import type { Keyring } from '@fieldseal/core';
import { type Finding, ok, warning } from './finding.ts';

/** What the configuration of the keyring says besides the keyring itself. */
export interface KeyringFacts {
  readonly keyring: Keyring;
  readonly development: boolean;
  readonly hasPin: boolean;
  readonly hasAnchor: boolean;
}

/** Engine, roots, pin and anchor. */
export function checkKeyring(facts: KeyringFacts): readonly Finding[] {
  return [
    checkEngine(facts),
    checkSlots(facts),
    checkSlotTests(facts),
    ...checkSlotBackup(facts),
    checkPin(facts),
    checkAnchor(facts),
  ];
}

function checkEngine({ keyring }: KeyringFacts): Finding {
  const { engine, defaultSuite } = keyring.counters();
  if (engine !== '@noble/ciphers') return ok('engine', `${engine}, suite ${defaultSuite}`);
  return warning(
    'engine',
    'only @noble/ciphers is there: its AES takes time that depends on the key',
    'run on Node with its own crypto, or keep to suite 2',
  );
}

function checkSlots({ keyring }: KeyringFacts): Finding {
  const slots = keyring.listSlots();
  const kinds = slots.map(({ kind, label }) => (label === null ? kind : `${kind} (${label})`));
  const found = `${slots.length === 1 ? 'one slot' : `${slots.length} slots`}: ${kinds.join(', ')}`;
  const domains = new Set(slots.map(({ id, failureDomain }) => failureDomain ?? id));
  if (slots.length === 1 || domains.size === 1) {
    const advice = 'the data is lost with that root: add one that is not lost with it';
    return warning('root slots', found, advice);
  }
  if (slots.some(({ recovery }) => recovery)) return ok('root slots', found);
  const advice = 'none of them is for recovery: add one that needs none of these machines';
  return warning('root slots', found, advice);
}

function checkSlotTests({ keyring }: KeyringFacts): Finding {
  const due = keyring.listSlots().filter(({ isTestDue }) => isTestDue);
  if (due.length === 0) return ok('slot tests', 'every slot was opened within 180 days');
  const found = `not opened for 180 days: ${due.map(({ id }) => id).join(', ')}`;
  return warning('slot tests', found, 'try whether each still opens: fieldseal slots test');
}

/** Nothing is said of backups that the configuration does not name: they may be anywhere. */
function checkSlotBackup({ keyring }: KeyringFacts): readonly Finding[] {
  const state = keyring.slotBackup();
  if (state === 'absent') return [];
  if (state === 'current') return [ok('slot backup', 'slotsFrom has the slots as they are')];
  const found = 'slotsFrom has other slots than the store, and would not open it';
  return [warning('slot backup', found, 'export them anew: fieldseal slots export')];
}

function checkPin({ development, hasPin }: KeyringFacts): Finding {
  if (development) {
    const advice = 'nothing that is worth keeping belongs into it';
    return warning('pin', 'this is a development store, which needs no pin', advice);
  }
  if (hasPin) return ok('pin', 'the store is the one that the configuration names');
  const advice = 'put what "fieldseal init" printed into the configuration';
  return warning('pin', 'the configuration names no pin', advice);
}

function checkAnchor({ hasAnchor }: KeyringFacts): Finding {
  if (hasAnchor) return ok('anchor', 'this host remembers the epoch of the store');
  return warning(
    'anchor',
    'this host does not remember the epoch: an older copy of the store would be believed',
    'give fileAnchor({ path }) to the keyring',
  );
}
