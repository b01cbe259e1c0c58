"""`dsinspect balance` against numpy.unique, collections.Counter, scikit-learn's class
weights and the published formulas (evaluated here in decimal arithmetic of 60 digits)."""

import collections
import csv
import decimal
from decimal import Decimal

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from balance_calls import call, report, rows, skewed, three
from oracle import TestCase, main

decimal.getcontext().prec = 60


def name_of(value):
    """A label as balance writes it."""
    if isinstance(value, (bytes, np.bytes_)):
        return value.decode()
    if isinstance(value, (float, np.floating)):
        text = repr(float(value))
        return text[:-2] if text.endswith(".0") else text
    return str(value)


def counts_of(labels):
    """[(name, index, count)] as numpy.unique has them, NaN without an index last. Of -0
    and 0, which are one, unique gives either; balance writes 0."""
    values, counts = np.unique(labels, return_counts=True)
    if values.dtype.kind == "f":
        values = values + 0.0
    return [(name_of(v), "" if v != v else str(i), str(c))
            for i, (v, c) in enumerate(zip(values.tolist(), counts))]


class Counts(TestCase):
    def setUp(self):
        super().setUp()
        self.rng = np.random.default_rng(7)

    def labels_of(self, dtype):
        n, dtype = 5000, np.dtype(dtype)
        pick = skewed(self.rng, n, 23)
        if dtype.kind == "b":
            return pick > 4
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            drawn = self.rng.integers(info.min, info.max, 18, dtype.newbyteorder("="),
                                      endpoint=True)
            edges = np.array([info.min, info.max, 0, 1, info.max // 2], dtype)
            return np.concatenate([edges, drawn]).astype(dtype)[pick]
        if dtype.kind == "f":
            values = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1, 0.1, 1e-7,
                               60000, 1.5, -2] + list(self.rng.normal(size=11)))
            return values.astype(dtype)[pick]
        words = ["", "a", "b", "ab", "B", "10", "9", "x y", "-1", "1e3"]
        if dtype.kind == "U":
            words += ["é", "ß", "語", "\U0001f600", "z\u0301"]
        return np.array(words)[pick % len(words)].astype(dtype)

    def test_every_dtype_as_npy(self):
        for dtype in ["?", "<i1", "<i2", "<i4", "<i8", ">i2", ">i4", ">i8", "u1", "<u2",
                      "<u4", "<u8", ">u8", "<f2", "<f4", "<f8", ">f4", ">f8", "S5",
                      "<U5", ">U5"]:
            labels = self.labels_of(dtype)
            np.save(self.dir / "a.npy", labels)
            expected = counts_of(labels)
            if labels.dtype.kind in "SU":  # an empty text is no label: last, no index
                (n,) = [c for name, _, c in expected if not name]
                expected = [(name, str(i), c) for i, (name, _, c) in
                            enumerate(e for e in expected if e[0])] + [("", "", n)]
            self.assertEqual(three(rows(self.dir / "a.npy")), expected, dtype)

    def test_numpy_and_counter_agree_on_csv(self):
        for dtype in ["?", "<i2", "<i8", "<u8", "<f8", "<U5"]:
            texts = [name_of(v) for v in self.labels_of(dtype).tolist()]
            with open(self.dir / "a.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["id", "label"])
                writer.writerows(enumerate(texts))
            counts = collections.Counter(texts)
            absent = [(name, "", str(counts.pop(name))) for name in ("", "nan")
                      if name in counts]
            value = {"i": int, "u": int, "f": float}.get(np.dtype(dtype).kind, str)
            order = sorted(counts, key=lambda text: (value(text), text.encode()))
            self.assertEqual(three(rows(self.dir / "a.csv")),
                             [(name, str(i), str(counts[name]))
                              for i, name in enumerate(order)] + absent, dtype)

    def test_nan_is_no_class(self):
        labels = np.array([1, np.nan, 0, np.nan, 1])
        np.save(self.dir / "a.npy", labels)
        found = report(self.dir / "a.npy", f"--sample-weights={self.dir / 'w.npy'}")
        (nan,) = [f for f in found["findings"] if f["rule"] == "nan_label"]
        self.assertEqual((nan["severity"], nan["index"]), ("error", 1))
        self.assertEqual([(r["class"], r["index"], r["count"]) for r in found["rows"]],
                         [("0", 0, 1), ("1", 1, 2), ("nan", None, 2)])
        self.assertEqual(np.load(self.dir / "w.npy").tolist(),
                         [1 / np.sqrt(2), 0, 1, 0, 1 / np.sqrt(2)])

    def test_shares_ratios_and_summary(self):
        labels = skewed(self.rng, 4000, 12)
        np.save(self.dir / "a.npy", labels)
        counts = np.bincount(labels)
        found = report(self.dir / "a.npy", "--params=800", "--min-per-class=100")
        for row, n in zip(found["rows"], counts):
            self.assertEqual(row["share"], n / 4000)
            self.assertEqual(row["ratio"], counts.max() / n)
        p = counts / 4000
        summary = found["summary"]
        self.assertEqual(summary["samples"], 4000)
        self.assertEqual(summary["classes"], 12)
        self.assertEqual(summary["imbalance_ratio"], counts.max() / counts.min())
        self.assertEqual(summary["min_count"], counts.min())
        self.assertEqual(summary["below_min"], (counts < 100).sum())
        self.assertEqual(summary["shortfall"], (100 - counts[counts < 100]).sum())
        self.assertEqual(summary["samples_per_parameter"], 5)
        self.assertAlmostEqual(summary["entropy"], -(p * np.log(p)).sum() / np.log(12),
                               delta=1e-14)
        # Half the mean difference of every two classes, over the mean.
        gini = abs(counts[:, None] - counts).mean() / (2 * counts.mean())
        self.assertAlmostEqual(summary["gini"], gini, delta=1e-14)

    def test_labels_that_are_none(self):
        for name, array in {"complex": np.zeros(3, complex),
                            "when": np.zeros(3, "M8[s]"),
                            "void": np.zeros(3, "V3")}.items():
            path = self.dir / f"{name}.npy"
            np.save(path, array)
            done = call(path, code=2)
            self.assertIn(path.name, done.stderr.decode())
            self.assertEqual(done.stdout, b"")

    def test_labels_of_an_array(self):
        labels = skewed(self.rng, 300, 5)
        np.save(self.dir / "x.npy", self.rng.normal(size=(300, 4)))
        np.save(self.dir / "y.npy", labels)
        self.assertEqual(three(rows(self.dir / "x.npy",
                                    f"--labels={self.dir / 'y.npy'}")),
                         counts_of(labels))
        call(self.dir / "x.npy", code=2)  # 4 values a sample are no label

    def test_standard_input(self):
        labels = skewed(self.rng, 300000, 40)
        np.save(self.dir / "y.npy", labels)
        piped = call("-", stdin=(self.dir / "y.npy").read_bytes()).stdout
        self.assertEqual(piped, call(self.dir / "y.npy").stdout)

    def test_exit_codes(self):
        np.save(self.dir / "even.npy", np.repeat([0, 1], 6000))
        np.save(self.dir / "uneven.npy", np.repeat([0, 1], [6000, 600]))
        np.save(self.dir / "less.npy", np.repeat([0, 1], [6000, 601]))
        call("--fail-on=imbalance", self.dir / "even.npy")
        call("--fail-on=imbalance", self.dir / "less.npy")
        call(self.dir / "uneven.npy")
        call("--fail-on=imbalance", self.dir / "uneven.npy", code=1)
        call("--fail-on=imbalance", self.dir / "uneven.npy", self.dir / "none.npy",
             code=2)
        call(self.dir / "none.npy", code=2)


class Weights(TestCase):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(11)
        self.labels = skewed(rng, 20000, 17) * 3 - 5
        np.save(self.dir / "y.npy", self.labels)
        self.values, self.counts = np.unique(self.labels, return_counts=True)

    def weights(self, scheme, *args):
        return [float(row["weight"]) for row in
                rows(self.dir / "y.npy", f"--weights={scheme}", *args)]

    def test_balanced_is_scikit_learn_to_the_bit(self):
        rng = np.random.default_rng(3)
        for n, k in (17, 2), (999, 7), (12345, 100), (50000, 1000):
            self.labels = skewed(rng, n, min(k, n))
            np.save(self.dir / "y.npy", self.labels)
            expected = compute_class_weight("balanced", classes=np.unique(self.labels),
                                            y=self.labels)
            self.assertEqual(list(map(repr, self.weights("balanced"))),
                             list(map(repr, expected.tolist())))

    def test_formulas(self):
        counts = [Decimal(int(n)) for n in self.counts]
        total, k, one = sum(counts), len(counts), Decimal(1)
        share = [n / total for n in counts]
        median = sorted(share)[k // 2]  # k is odd
        quartic = [one / n.sqrt().sqrt() for n in counts]

        def effective(beta):
            raw = [(1 - beta) / (1 - beta ** int(n)) for n in counts]
            return [w * k / sum(raw) for w in raw]

        # The parameters are doubles: their exact values count.
        expected = {
            "inverse-sqrt": [one / n.sqrt() for n in counts],
            "inverse": [one / n for n in counts],
            "balanced": [total / (k * n) for n in counts],
            "effective": effective(Decimal(0.999)),
            "effective:0.9999": effective(Decimal(0.9999)),
            "median-frequency": [median / p for p in share],
            "enet": [one / (Decimal(1.02) + p).ln() for p in share],
            "enet:1.1": [one / (Decimal(1.1) + p).ln() for p in share],
            "ldam-margin": [q / max(quartic) / 2 for q in quartic],
            "logit": [p.ln() for p in share],
            "logit:2": [2 * p.ln() for p in share],
            "pos-weight": [(total - n) / n for n in counts],
        }
        for scheme, exact in expected.items():
            for got, want in zip(self.weights(scheme), exact):
                error = abs(Decimal(got) - want) / abs(want)
                # ln near 1 magnifies the rounding of its argument, c + p, fiftyfold.
                limit = Decimal("1e-14" if scheme.startswith("enet") else "1e-15")
                self.check(error < limit, f"{scheme}: {got} for {want}")

    def test_normalize(self):
        raw = np.array(self.weights("inverse"))
        for how, scale in ("mean", raw.mean()), ("sum", raw.sum()), ("max", raw.max()):
            got = np.array(self.weights("inverse", f"--normalize={how}"))
            np.testing.assert_allclose(got, raw / scale, rtol=1e-15)

    def test_files(self):
        one, each = self.dir / "c.npy", self.dir / "s.npy"
        weights = self.weights("effective", f"--class-weights={one}",
                               f"--sample-weights={each}")
        got = np.load(one)
        self.assertEqual(got.dtype, np.float32)
        self.assertEqual(got.tolist(), np.array(weights, np.float32).tolist())
        got = np.load(each)
        self.assertEqual(got.dtype, np.float64)
        index = np.searchsorted(self.values, self.labels)
        self.assertEqual(got.tolist(), np.array(weights)[index].tolist())

    def test_weights_of_large_integers(self):
        """Labels that look like positions in the list, beside ones of 19 and 20 digits."""
        for dtype, values in ((np.int64, [1, 0, 2**63 - 1, -2**63, -1]),
                              (np.uint64, [1, 2, 0, 2**64 - 1, 2**63])):
            labels = np.repeat(np.array(values, dtype), [1, 4, 9, 16, 25])
            np.save(self.dir / "y.npy", labels)
            call(self.dir / "y.npy", f"--sample-weights={self.dir / 's.npy'}")
            self.assertEqual(np.load(self.dir / "s.npy").tolist(),
                             np.repeat(1 / np.arange(1., 6), [1, 4, 9, 16, 25]).tolist())


class Resampling(TestCase):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(5)
        self.labels = rng.permutation(skewed(rng, 3001, 8))
        self.counts = np.bincount(self.labels)
        np.save(self.dir / "y.npy", self.labels)

    def targets(self, how, target):
        counts, n, k = self.counts, len(self.labels), len(self.counts)
        if target:  # over never shrinks a class, under never grows one
            fit = {"over": np.maximum, "under": np.minimum}.get(how)
            return fit(counts, target) if fit else np.full(k, target)
        if how != "mixed":
            return np.full(k, counts.max() if how == "over" else counts.min())
        targets = np.full(k, n // k)
        targets[np.argsort(counts, kind="stable")[:n % k]] += 1
        return targets

    def plan(self, how, *args):
        path = self.dir / "plan.npy"
        path.unlink(missing_ok=True)
        table = rows(self.dir / "y.npy", f"--resample={how}", f"--indices={path}", *args)
        return table, path.read_bytes(), np.load(path)

    def test_plans(self):
        for how in "over", "under", "mixed":
            for target in None, 100:
                extra = [f"--target={target}"] if target else []
                table, content, plan = self.plan(how, *extra)
                targets = self.targets(how, target)
                self.assertEqual([int(row[how]) for row in table], targets.tolist())
                self.assertEqual(plan.dtype, np.int64)
                times = np.bincount(plan, minlength=len(self.labels))
                for c, (n, wanted) in enumerate(zip(self.counts, targets)):
                    mine = times[self.labels == c]
                    self.assertEqual(mine.sum(), wanted)
                    self.assertGreaterEqual(mine.min(), wanted // n)
                    self.assertLessEqual(mine.max(), -(-wanted // n))
                self.check(np.any(np.diff(self.labels[plan]) < 0), "not shuffled")
                for threads in "-j1", "-j7":
                    self.assertEqual(self.plan(how, *extra, threads)[1], content)
                self.assertNotEqual(self.plan(how, *extra, "--seed=1")[1], content)

    def test_plan_of_a_table_is_that_of_its_array(self):
        content = self.plan("over")[1]
        with open(self.dir / "y.csv", "w", encoding="ascii") as file:
            file.write("label\n" + "".join(f"{label}\n" for label in self.labels))
        call(self.dir / "y.csv", "--resample=over", f"--indices={self.dir / 'p.npy'}")
        self.assertEqual((self.dir / "p.npy").read_bytes(), content)


main()
