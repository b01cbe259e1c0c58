"""Agreement within tolerances as numpy.isclose has it: every pair of number types.

The bit, its count and its first place are NumPy's own. What else is measured is worked
out from NumPy's arithmetic, and the units in the last place from the bits.

DSI_ALL_SIZES=1 takes 200,000 random values a pair instead of 20,000.
"""
import os
import subprocess
import sys
import warnings

from close_values import (RULES, TOLERANCES, TYPES, at_the_limit, bits, cast, dtype,
                          nudged, small, specials)
import numpy as np  # after what is above, which sets it up

warnings.simplefilter('ignore')
np.seterr(all='ignore')
PROBE = os.path.join(os.environ['DSI_BUILD'], 'tests', 'close_probe')
ALL = os.environ.get('DSI_ALL_SIZES') == '1'
N = 200000 if ALL else 20000
# Tolerances that change the type computed in, or that no one should ask for.
ODD_RULES = [(70000., 0., False), (0., 1e5, False), (0., 1e39, True), (1e39, 1., False),
             (np.inf, 0., False), (0., np.inf, True), (np.nan, 1., False),
             (-1e-3, 1e-3, False), (1e-3, -1e-3, True), (6e-8, 3e-8, False),
             (0.1, 64999.999, False), (2.98e-8, 0., False), (1e-46, 1e-45, False)]
LEVELS = ['portable', 'avx2', 'avx512']
failures = []


def probe(a, b, mode, rules, level=None):
    n = max(a.size, b.size)
    words = []
    for r in rules:
        words.append(','.join([repr(x) if isinstance(x, float) else str(x)
                               for x in r[:2]] + [str(int(r[2]))]))
    names = [x.dtype.kind + str(x.dtype.itemsize) for x in (a, b)]
    env = dict(os.environ, DSINSPECT_CPU=level) if level else os.environ
    done = subprocess.run(
        [PROBE, *names, str(n), str(a.size), str(b.size), mode, *words],
        input=a.tobytes() + b.tobytes(), stdout=subprocess.PIPE, env=env, check=True)
    return [line.split() for line in done.stdout.decode().splitlines()]


def fillings(ta, tb):
    a, b = bits(ta, N), bits(tb, N)
    yield 'bits', a, b
    n = N // 4
    a = bits(ta, n)
    yield 'near', a, nudged(cast(a, dtype(tb)))
    yield 'specials', specials(ta, n), specials(tb, n)
    for rtol, atol in TOLERANCES[::2]:
        b = small(tb, n)
        yield 'limit %g' % rtol, at_the_limit(b, ta, rtol, atol), b


def expected_bit(a, b, rule):
    rtol, atol, equal_nan = rule
    close = np.isclose(a, b, rtol, atol, equal_nan)
    differs = np.flatnonzero(~close)
    return [str(max(a.size, b.size)), str(differs.size),
            str(differs[0] if differs.size else -1)]


def fail(*what):
    failures.append(what)
    if len(failures) <= 20:
        print('FAIL', *what)


def compare_bits(label, a, b, rules, level=None, mode='j'):
    for rule, got in zip(rules, probe(a, b, mode, rules, level)):
        want = expected_bit(a, b, rule)
        if got[:3] != want:
            fail(label, a.dtype, b.dtype, rule, level, mode, 'got', got[:3], want)


def bit_of_every_pair():
    n = 0
    for ta in TYPES:
        for tb in TYPES:
            level = LEVELS[n % 3] if n % 4 == 0 else None
            n += 1
            for label, a, b in fillings(ta, tb):
                compare_bits(label, a, b, RULES, level, 'm' if n % 5 == 0 else 'j')
            a, b = a[:3000], b[:3000]
            compare_bits('odd rules', a, b, ODD_RULES, level)
    return n


def sizes_of_one():
    """One value against many, and both of no dimensions."""
    for ta in TYPES:
        for tb in TYPES:
            a, b = small(ta, 3001), small(tb, 3001)
            compare_bits('one b', a, b[7:8], RULES[:1])
            compare_bits('one a', a[7:8], b, RULES[4:5])
            if ta != tb or dtype(ta).kind in 'fc':
                x = at_the_limit(b[:40], ta, 1e-5, 1e-8)
                for i in range(3):
                    p, q = x[i].reshape(()), b[i].reshape(())
                    want = '01'[not np.isclose(p, q)]
                    got = probe(x[i:i + 1], b[i:i + 1], 'js', RULES[:1])
                    if got[0][1] != want:
                        fail('scalars', ta, tb, x[i], b[i])


def rounding_of_tolerances():
    """What a tolerance is as a float16: where one rounding and two differ, and where
    float16 ends."""
    b = small('f2', 20000)
    for tolerance in (64999.99, 65000., 65000.01):
        for way in (1, -1):
            a = (b.astype('f8') + way * tolerance * abs(b.astype('f8'))).astype('f2')
            compare_bits('ends', a, b, [(tolerance, 0., False)])
    steps = np.arange(0x3bf0, 0x3c10, dtype='u2').view('f2')
    for half in (2.**-11, 3 * 2.**-11, 2.**-12 - 1):
        for nudge in (0, 2.**-40, -2.**-40, 2.**-20):
            compare_bits('twice', steps, steps[:1] * 0,
                         [(0., 1 + half + nudge, False)])


# --- what is measured ------------------------------------------------------------------

def greatest(x):
    """The value and the first place of the largest, as the probe prints them."""
    x = np.where(np.isnan(x), 0, x)
    most = x.max()
    return float(most), int(x.argmax()) if most > 0 else -1


def ordered(x):
    """Floats as Python's integers in their order."""
    b = x.view('u%d' % x.dtype.itemsize)
    sign = 1 << (8 * x.dtype.itemsize - 1)
    size = (b & type(b[0])(sign - 1)).astype(object)
    return np.where(b >= sign, -size, size)


def ulps(a, b, t):
    if a.dtype.kind in 'iub' and b.dtype.kind in 'iub':
        d = abs(a.astype('u8' if a.dtype == '?' else a.dtype).astype(object) -
                b.astype('u8' if b.dtype == '?' else b.dtype).astype(object))
        return np.array([min(x, 2**64 - 1) for x in d], dtype=object)
    if t.kind == 'c':
        a, b = a.astype(t), b.astype(t)
        part = 'f%d' % (t.itemsize // 2)
        either = np.isnan(a) | np.isnan(b)
        d = [abs(ordered(np.ascontiguousarray(x).astype(part)) -
                 ordered(np.ascontiguousarray(y).astype(part)))
             for x, y in ((a.real, b.real), (a.imag, b.imag))]
        d = np.maximum(*d)
    else:
        either = np.isnan(a) | np.isnan(b)
        d = abs(ordered(a.astype(t)) - ordered(b.astype(t)))
    d[either] = 0
    return d


def subtracted(a, b):
    """|a - b| by part, an equal part being 0 from the other."""
    if a.dtype.kind != 'c' and b.dtype.kind != 'c':
        d = abs(np.subtract(a, b))
        return np.where(a == b, 0, d)
    re = np.where(a.real == b.real, 0, np.subtract(a.real, b.real))
    im = np.where(a.imag == b.imag, 0, np.subtract(a.imag, b.imag))
    return np.hypot(re, im)


def expected_measures(a, b):
    b_float = b.astype(np.result_type(b, 1.))
    t = np.result_type(a, b_float)
    nan_a, nan_b = np.isnan(a), np.isnan(b)
    x = a.astype(t) if t.kind == 'c' or a.dtype.kind in 'iub' else a
    y = b_float.astype(t) if t.kind == 'c' else b_float
    d = subtracted(x, y)
    d = np.where(nan_a | nan_b, 0, d)
    divide_in = 'f8' if t in (np.dtype('f8'), np.dtype('c16')) else 'f4'
    rel = d.astype(divide_in) / abs(b_float).astype(divide_in)
    rel = np.where(np.isinf(d), np.inf, rel)
    rel = np.where(d == 0, 0, rel)
    u = ulps(a, b, t)
    most = max(u)
    at = list(u).index(most) if most else -1
    return [*greatest(d), *greatest(rel), int(most), at, int(nan_a.sum()),
            int(nan_b.sum())]


def by_ulp(a, b, limit, label):
    either = np.isnan(a) | np.isnan(b)
    both = np.isnan(a) & np.isnan(b)
    u = ulps(a, b, np.result_type(a, b.astype(np.result_type(b, 1.))))
    differs = np.array([x > limit for x in u]) | either
    rules = [('u', limit, False), ('u', limit, True)]
    for mode in 'jm':
        for got, d in zip(probe(a, b, mode, rules), (differs, differs & ~both)):
            places = np.flatnonzero(d)
            want = [str(places.size), str(places[0] if places.size else -1)]
            if got[1:3] != want:
                fail('max_ulp', label, a.dtype, b.dtype, limit, got[:3], want)


def measures_of_every_pair():
    for ta in TYPES:
        for tb in TYPES:
            pairs = [('bits', bits(ta, 2100), bits(tb, 2100)),
                     ('specials', specials(ta, 300), specials(tb, 300))]
            a = small(ta, 4100)
            pairs.append(('near', a, nudged(cast(a, dtype(tb)))))
            for label, a, b in pairs:
                want = expected_measures(a, b)
                limit = sorted(ulps(a, b, np.result_type(
                    a, b.astype(np.result_type(b, 1.)))))[a.size // 2]
                rules = [RULES[0], ('u', limit, False)]
                for got in probe(a, b, 'm', rules):
                    f = [float(got[3]), int(got[4]), float(got[5]), int(got[6])]
                    f += [int(x) for x in got[7:]]
                    if f != want:
                        fail('measures', label, ta, tb, 'got', f, 'want', want)
                by_ulp(a, b, limit, label)


def no_numbers():
    for name in ('S4', 'M8', 'm8'):
        done = subprocess.run([PROBE, 'f4', name, '0', '0', '0', 'j', '0,0,0'],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 1 or b'no numbers' not in done.stderr:
            fail('compared with', name)


n_pairs = bit_of_every_pair()
sizes_of_one()
rounding_of_tolerances()
measures_of_every_pair()
no_numbers()
print(n_pairs, 'pairs of types,', N, 'random values each,', len(failures), 'failures')
sys.exit(bool(failures))
