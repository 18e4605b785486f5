#!/usr/bin/python3
"""Independent second implementation of docs/format.md, written from its text.
  fieldseal_v1.py vectors > ../vectors/v1/fieldseal_v1.json       make the golden vectors
  fieldseal_v1.py check FILE                                      open every cell of a vectors file
Needs Debian's python3-cryptography."""
import base64, hashlib, hmac, json, struct, sys, uuid
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

def ctx(**pairs): return ctx_of({k: v for k, v in pairs.items() if v is not None})
def ctx_of(d):
    b = lambda v: v if isinstance(v, bytes) else v.encode()
    items = sorted((b(k), b(v)) for k, v in d.items())
    assert all(1 <= len(k) <= 255 and len(v) <= 65535 for k, v in items)
    return struct.pack('>H', len(items)) + b''.join(struct.pack('>H', len(k)) + k + struct.pack('>H', len(v)) + v for k, v in items)

def mac(k, m): return hmac.new(k, m, hashlib.sha256).digest()
def extract(kind, k): return mac(b'fieldseal/1/' + kind.encode(), k)
def expand(prk, info, n):
    out, t, i = b'', b'', 1
    while len(out) < n: t = mac(prk, t + info + bytes([i])); out += t; i += 1
    return out[:n]
def derive(kind, key, info, n=32): return expand(extract(kind, key), info, n)

def ecb(key, block): e = Cipher(algorithms.AES(key), modes.ECB()).encryptor(); return e.update(block) + e.finalize()
def xaes_keys(key, nonce):
    l = ecb(key, bytes(16)); n = int.from_bytes(l, 'big')
    k1 = ((n << 1) ^ (0x87 if n >> 127 else 0)) & ((1 << 128) - 1)
    m = lambda i: bytes([0, i, 0x58, 0]) + nonce[:12]
    x = lambda a: bytes(p ^ q for p, q in zip(a, k1.to_bytes(16, 'big')))
    return ecb(key, x(m(1))) + ecb(key, x(m(2))), nonce[12:]
def hchacha20(key, n16):
    s = list(struct.unpack('<4I', b'expand 32-byte k')) + list(struct.unpack('<8I', key)) + list(struct.unpack('<4I', n16))
    rot = lambda v, c: ((v << c) & 0xffffffff) | (v >> (32 - c))
    def q(a, b, c, d):
        s[a] = (s[a] + s[b]) & 0xffffffff; s[d] = rot(s[d] ^ s[a], 16); s[c] = (s[c] + s[d]) & 0xffffffff; s[b] = rot(s[b] ^ s[c], 12)
        s[a] = (s[a] + s[b]) & 0xffffffff; s[d] = rot(s[d] ^ s[a], 8); s[c] = (s[c] + s[d]) & 0xffffffff; s[b] = rot(s[b] ^ s[c], 7)
    for _ in range(10):
        q(0,4,8,12); q(1,5,9,13); q(2,6,10,14); q(3,7,11,15); q(0,5,10,15); q(1,6,11,12); q(2,7,8,13); q(3,4,9,14)
    return struct.pack('<8I', *(s[:4] + s[12:]))
def aead(suite, key, nonce):
    if suite == 1: k, n = xaes_keys(key, nonce); return AESGCM(k), n
    if suite == 2: return ChaCha20Poly1305(hchacha20(key, nonce[:16])), bytes(4) + nonce[16:]
    raise ValueError('suite')

TAGS = dict(string=1, bytes=2, int=3, bigint=4, decimal=5, double=6, boolean=7, date=8, timestamp=9, json=10)
NAMES = {v: k for k, v in TAGS.items()}
VARIABLE = {1, 2, 4, 5, 10}
def minimal(n): return n.to_bytes(max(1, (n + (n < 0)).bit_length() // 8 + 1), 'big', signed=True)
def value_bytes(t, v):
    if t in ('string', 'decimal', 'json'): return v.encode()
    if t == 'bytes': return bytes.fromhex(v)
    if t in ('int', 'timestamp'): return struct.pack('>q', v)
    if t == 'bigint': return minimal(int(v))
    if t == 'double': return bytes.fromhex(v)
    if t == 'boolean': return b'\1' if v else b'\0'
    if t == 'date': return struct.pack('>i', v)
def padme(n):
    e = n.bit_length() - 1; s = e.bit_length(); z = e - s; m = (1 << z) - 1
    return (n + m) & ~m
def plaintext(t, v):
    p = bytes([TAGS[t]]) + value_bytes(t, v)
    if TAGS[t] not in VARIABLE: return p
    p += b'\x80'; n = len(p)
    size = -(-n // 16) * 16 if n <= 256 else padme(n)
    return p + bytes(size - n)
def parse(p):
    tag, v = p[0], p[1:]
    if tag in VARIABLE:
        v = v.rstrip(b'\0'); assert v[-1:] == b'\x80', 'end'; v = v[:-1]
    t = NAMES[tag]
    if t in ('string', 'decimal', 'json'): return t, v.decode()
    if t in ('bytes', 'double'): return t, v.hex()
    if t in ('int', 'timestamp'): assert len(v) == 8; return t, struct.unpack('>q', v)[0]
    if t == 'bigint': n = int.from_bytes(v, 'big', signed=True); assert minimal(n) == v; return t, str(n)
    if t == 'boolean': assert v in (b'\0', b'\1'); return t, v == b'\1'
    assert len(v) == 4; return t, struct.unpack('>i', v)[0]
def row_bytes(cols):
    enc = {'int': (1, lambda v: struct.pack('>q', int(v))), 'uuid': (2, lambda v: uuid.UUID(v).bytes), 'text': (3, str.encode), 'bytes': (4, bytes.fromhex)}
    out = b''
    for kind, v in cols: c, f = enc[kind]; b = f(v); out += bytes([c]) + struct.pack('>H', len(b)) + b
    return out
def aad(header, e): return header + ctx(env=e['env'], field=e['field'], tenant=e.get('tenant'), subject=e.get('subject'), row=row_bytes(e['row']) if e.get('row') else None)
def data_key_id(dk): return derive('data-key', dk, ctx(use='id'), 16)
def field_key(dk, suite, field): return derive('data-key', dk, ctx(use='cell', suite=bytes([suite]), field=field))
def seal(dk, suite, e, nonce, t, v):
    header = bytes([0xf5, suite, 1 if e.get('row') else 0]) + data_key_id(dk)
    a, n = aead(suite, field_key(dk, suite, e['field']), nonce)
    return header + nonce + a.encrypt(n, plaintext(t, v), aad(header, e))
def open_cell(dk, e, cell):
    assert len(cell) >= 60 and cell[0] == 0xf5 and cell[2] in (0, 1)
    assert bool(cell[2]) == bool(e.get('row')) and cell[3:19] == data_key_id(dk)
    a, n = aead(cell[1], field_key(dk, cell[1], e['field']), cell[19:43])
    return parse(a.decrypt(n, cell[43:], aad(cell[:19], e)))
def text(cell): return 'fs1.' + base64.urlsafe_b64encode(cell).rstrip(b'=').decode()
def untext(s):
    assert s.startswith('fs1.'); b = s[4:]; raw = base64.urlsafe_b64decode(b + '=' * (-len(b) % 4)); assert text(raw) == s; return raw

def wrap(kind, parent, parent_id, parent_version, nonce, child, c):
    head = b'\xf6\x01' + parent_id + struct.pack('>I', parent_version)
    a, n = aead(1, derive(kind, parent, ctx(use='wrap')), nonce)
    return head + nonce + a.encrypt(n, child, head + ctx_of(c))

def vectors():
    rnd = lambda label, n: hashlib.shake_256(('fieldseal golden ' + label).encode()).digest(n)
    out = {'note': 'Made from FORMAT.md by an independent implementation. Hex unless said. Key material comes from SHAKE-256 of a label: test use only.'}
    out['ctx'] = [{'pairs': p, 'hex': ctx_of(p).hex()} for p in ({}, {'a': 'bc'}, {'ab': 'c'}, {'b': '1', 'a': '2'}, {'é': 'ü', 'z': ''}, {'aa': 'x', 'b': 'y'})]
    rk, sk, kv, ik = (rnd(x, 32) for x in ('root', 'store', 'version', 'index'))
    dk = rnd('data', 32); key_id = uuid.UUID('6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69').bytes
    D = lambda kind, k, n=32, **c: derive(kind, k, ctx(**c), n).hex()
    out['derive'] = {'rootKey': rk.hex(), 'storeKey': sk.hex(), 'keyVersion': kv.hex(), 'dataKey': dk.hex(), 'indexKey': ik.hex(),
        'rootCommit': D('root-key', rk, use='commit'), 'rootWrap': D('root-key', rk, use='wrap'),
        'storeCommit': D('store-key', sk, use='commit'), 'rowMacKey': D('store-key', sk, use='row-mac'), 'headMacKey': D('store-key', sk, use='head-mac'), 'pinBytes': D('store-key', sk, use='pin'),
        'pin': 'fsp1.' + base64.urlsafe_b64encode(derive('store-key', sk, ctx(use='pin'))[:20]).rstrip(b'=').decode(),
        'versionCommit': D('key-version', kv, use='commit'), 'versionWrap': D('key-version', kv, use='wrap'), 'versionApi': D('key-version', kv, use='api'), 'versionMac': D('key-version', kv, use='mac'),
        'dataKeyId': D('data-key', dk, 16, use='id'), 'indexKeyId': D('index-key', ik, 16, use='id')}
    values = [('string', ''), ('string', '2345 6789 0124'), ('string', 'आधार २३४५'), ('string', 'x' * 300), ('bytes', ''), ('bytes', '00ff80'), ('int', 0), ('int', -1), ('int', 2**53 - 1),
        ('bigint', '0'), ('bigint', '-1'), ('bigint', '127'), ('bigint', '128'), ('bigint', '-128'), ('bigint', '-129'), ('bigint', str(2**200)), ('decimal', '1234.5600'), ('decimal', '-0'),
        ('double', struct.pack('>d', -0.0).hex()), ('double', struct.pack('>d', 1/3).hex()), ('double', '7ff8000000000000'), ('double', struct.pack('>d', float('-inf')).hex()),
        ('boolean', True), ('boolean', False), ('date', 0), ('date', -25567), ('date', 20780), ('timestamp', 0), ('timestamp', -1), ('timestamp', 1795461845123), ('json', 'null'), ('json', '{"a":[1,2,{"b":"é"}]}')]
    places = [{'env': 'test', 'field': 'customer.aadhaar'}, {'env': 'test', 'field': 'customer.aadhaar', 'tenant': 't-1'},
        {'env': 'test', 'field': 'card.number', 'tenant': 't-1', 'subject': 'u-7', 'row': [['int', '42']]},
        {'env': 'prod', 'field': 'card.number', 'row': [['uuid', '018f3f3e-7b3c-7d0a-8c11-2b1a5e6f7a90']]}, {'env': 'test', 'field': 'card.number', 'row': [['text', 'a.b'], ['int', '-7'], ['bytes', '00ff']]}]
    out['cells'] = []
    for i, (t, v) in enumerate(values):
        for suite in (1, 2):
            e = places[(i + suite) % len(places)]; nonce = rnd(f'nonce {i} {suite}', 24)
            cell = seal(dk, suite, e, nonce, t, v); assert open_cell(dk, e, cell) == (t, v) and untext(text(cell)) == cell
            out['cells'].append({'suite': suite, 'expected': e, 'type': t, 'value': v, 'nonce': nonce.hex(), 'fieldKey': field_key(dk, suite, e['field']).hex(), 'aad': aad(cell[:19], e).hex(), 'plaintext': plaintext(t, v).hex(), 'cell': cell.hex(), 'text': text(cell)})
    w = dict(level='key-version', env='test', id=key_id, version=struct.pack('>I', 1), purpose='cell', origin='FIELDSEAL', commitment=derive('key-version', kv, ctx(use='commit')))
    root_id = derive('root-key', rk, ctx(use='commit'))[:16]
    w2 = dict(level='data-key', env='test', id=data_key_id(dk), version=struct.pack('>I', 1), purpose='cell', origin='FIELDSEAL', commitment=data_key_id(dk), tenant='t-1')
    hexed = lambda c: {k: (v.hex() if isinstance(v, bytes) else {'text': v}) for k, v in c.items()}
    out['wraps'] = [
        {'parent': 'rootKey', 'parentId': root_id.hex(), 'parentVersion': 1, 'child': 'keyVersion', 'context': hexed(w), 'nonce': rnd('wrap 1', 24).hex(), 'wrap': wrap('root-key', rk, root_id, 1, rnd('wrap 1', 24), kv, w).hex()},
        {'parent': 'keyVersion', 'parentId': key_id.hex(), 'parentVersion': 1, 'child': 'dataKey', 'context': hexed(w2), 'nonce': rnd('wrap 2', 24).hex(), 'wrap': wrap('key-version', kv, key_id, 1, rnd('wrap 2', 24), dk, w2).hex()}]
    head = b'\xf7\x01' + key_id + struct.pack('>I', 1); nonce = rnd('blob', 24); a, n = aead(1, derive('key-version', kv, ctx(use='api')), nonce)
    out['apiBlob'] = {'plaintext': b'hello'.hex(), 'encryptionContext': {'purpose': 'demo', 'a': 'bc'}, 'env': 'test', 'nonce': nonce.hex(), 'blob': (head + nonce + a.encrypt(n, b'hello', head + ctx(env='test') + ctx_of({'purpose': 'demo', 'a': 'bc'}))).hex()}
    row = {'#table': 'fieldseal.alias', '#schema': struct.pack('>I', 1), 'name': b'\1alias/aadhaar', 'target': b'\1' + key_id, 'note': b'\0', 'updated_at': b'\x011795461845123456'}
    out['rowMac'] = {'columns': {k: (v.hex() if isinstance(v, bytes) else {'text': v}) for k, v in row.items()}, 'mac': mac(derive('store-key', sk, ctx(use='row-mac')), ctx_of(row)).hex()}
    macs = sorted(rnd(f'mac {i}', 32) for i in range(3)); dg = hashlib.sha256(b''.join(macs)).digest(); ep = struct.pack('>Q', 7)
    out['head'] = {'rowMacs': [m.hex() for m in macs], 'epoch': 7, 'digest': dg.hex(), 'mac': mac(derive('store-key', sk, ctx(use='head-mac')), ctx(epoch=ep, digest=dg)).hex()}
    out['tokens'] = []
    for kind, code, name, norm, t, v, tenant, size in [('equality', 1, 'Customer.aadhaar.equality', 'digits@1', 'string', '234567890124', None, 32), ('equality', 1, 'customer.email.equality', 'email@1', 'string', 'a@example.in', 't-1', 32), ('equality', 1, 'customer.note.equality', 'raw@1', 'string', '', None, 32), ('part', 3, 'Card.number.last4', 'digits@1', 'string', '1234', 't-1', 16), ('equality', 1, 'customer.dob.equality', 'raw@1', 'date', 7305, None, 32)]:
        tk = derive('index-key', ik, ctx(use='token', index=name, kind=kind, normalizer=norm, params=b'', tenant=tenant))
        out['tokens'].append({'kind': kind, 'index': name, 'normalizer': norm, 'tenant': tenant, 'type': t, 'canonical': v, 'tokenKey': tk.hex(), 'token': mac(tk, bytes([code, TAGS[t]]) + value_bytes(t, v))[:size].hex()})
    c = next(c for c in out['cells'] if c['expected'].get('row') and c['suite'] == 1); b = bytes.fromhex(c['cell']); flip = lambda i: (b[:i] + bytes([b[i] ^ 1]) + b[i+1:]).hex()
    out['refused'] = [{'why': w_, 'cell': x, 'expected': e_} for w_, x, e_ in [('first byte', flip(0), c['expected']), ('suite', flip(1), c['expected']), ('row bit', flip(2), c['expected']), ('other flag', (b[:2] + b'\x03' + b[3:]).hex(), c['expected']),
        ('data key id', flip(5), c['expected']), ('nonce key half', flip(20), c['expected']), ('nonce message half', flip(40), c['expected']), ('ciphertext', flip(45), c['expected']), ('tag', flip(len(b) - 1), c['expected']), ('cut', b[:-1].hex(), c['expected']), ('short', b[:59].hex(), c['expected']),
        ('other field', b.hex(), {**c['expected'], 'field': 'other.field'}), ('other tenant', b.hex(), {**c['expected'], 'tenant': 't-2'}), ('other row', b.hex(), {**c['expected'], 'row': [['int', '43']]}), ('other environment', b.hex(), {**c['expected'], 'env': 'dev'}), ('unbound where bound is expected', next(x for x in out['cells'] if not x['expected'].get('row'))['cell'], c['expected'])]]
    for r in out['refused']:
        try: open_cell(dk, r['expected'], bytes.fromhex(r['cell'])); raise SystemExit('opened: ' + r['why'])
        except SystemExit: raise
        except Exception: pass
    t0 = out['cells'][0]['text']
    out['refusedText'] = [t0 + '=', t0 + ' ', t0[:-1], t0.replace('fs1.', 'fs2.'), t0[:10] + '!' + t0[11:], t0[:10] + '\n' + t0[10:]]
    odd = next(x['text'] for x in out['cells'] if (len(x['cell']) // 2) % 3); alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    out['refusedText'].append(odd[:-1] + alphabet[alphabet.index(odd[-1]) + 1])
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)

def check(path):
    d = json.load(open(path)); dk = bytes.fromhex(d['derive']['dataKey']); n = 0
    for c in d['cells']: assert open_cell(dk, c['expected'], untext(c['text'])) == (c['type'], c['value']), c; n += 1
    print(n, 'cells opened')
if __name__ == '__main__': vectors() if sys.argv[1] == 'vectors' else check(sys.argv[2])
