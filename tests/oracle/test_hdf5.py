"""HDF5: the values our reader delivers are those that h5py reads, and where they are
known those that were written, over some five hundred generated files."""

import concurrent.futures
import subprocess

import h5py
import numpy as np

import hdf5_files
import hdf5_odd_files
import hdf5_random_files
from hdf5_compare import Comparison
from oracle import BUILD, DumpError, TestCase, dump, equal, main

AT_ONCE = 2  # the programs under test run beside this one


class Values(TestCase):
    def hold(self, cases):
        """Makes the files, then compares all that our reader delivers of them."""
        files = []
        for name, make in cases:
            path = self.dir / f"{name}.h5"
            files.append((path, make(path)))
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            wrong = [text for texts in pool.map(wrong_in, files) for text in texts]
        self.check(not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:40]))
        self.ranges([path for path, _ in files])
        return [path for path, _ in files]

    def ranges(self, paths):
        """Parts of arrays, by several threads, are the same parts of the whole."""
        done = subprocess.run([BUILD / "tests" / "check_ranges", "--threads=2",
                               "--ranges=4", *paths], capture_output=True, timeout=120)
        self.check(done.returncode == 0, (done.stdout + done.stderr).decode()[:4000])

    def test_types_layouts_filters(self):
        n = len(self.hold(hdf5_files.matrix()))
        self.check(n >= 400, f"only {n} files")

    def test_chunk_indexes(self):
        self.hold(hdf5_files.indexes())

    def test_holes_edges_and_blocks(self):
        self.hold(hdf5_files.more())

    def test_random_files(self):
        self.hold(hdf5_random_files.cases())

    def test_odd_types_names_and_links(self):
        self.hold(hdf5_odd_files.cases())


def wrong_in(file):
    path, written = file
    try:
        found = Comparison(path, written)
        return [f"{path.stem}{text}" for text in found.wrong + found.refused]
    except DumpError as e:
        return [f"{path.stem}: {e}"]


class Described(TestCase):
    def listed(self, make):
        path = self.dir / "a.h5"
        with h5py.File(path, "w") as file:
            make(file)
        return {meta["name"]: (meta, values) for meta, values in dump(path)}

    def test_each_object_once(self):
        """However many links lead to it."""
        path = self.dir / "a.h5"
        hdf5_odd_files.links(path)
        names = [meta["name"] for meta, _ in dump(path)]
        self.check(len(names) == 301, names)
        self.check(len(set(names) & {"/a/b/c/x", "/again", "/a/again"}) == 1, names)

    def test_class_names(self):
        """The members of an enumeration, ascending by value."""
        def make(file):
            dtype = h5py.enum_dtype({"z": -2, "b": 5, "a": 300}, "<i2")
            file.create_dataset("y", data=[5, -2], dtype=dtype)
            file["flag"] = np.array([True, False])
            file["plain"] = np.int32([1, 2])

        arrays = self.listed(make)
        self.check(arrays["/y"][0]["value_names"] == [[-2, "z"], [5, "b"], [300, "a"]])
        self.check(arrays["/plain"][0]["value_names"] == [])
        self.check(arrays["/flag"][1].dtype == bool)

    def test_fill_and_missing(self):
        """As delivered: in the machine's byte order."""
        def make(file):
            file.create_dataset("f", (5,), ">f4", fillvalue=1.5)
            file["f"].attrs["_FillValue"] = np.array([-999.0], ">f4")
            file.create_dataset("i", data=np.int16([1, -1]))
            file["i"].attrs["missing_value"] = np.int16(-1)
            file["i"].attrs["_FillValue"] = np.int16(-9)
            file.create_dataset("n", (3,), "i4")

        arrays = self.listed(make)
        self.check(arrays["/f"][0]["fill"] == np.float32(1.5).tobytes().hex())
        self.check(arrays["/f"][0]["missing"] == np.float32(-999).tobytes().hex())
        self.check(arrays["/f"][0]["is_constant"] is True)
        self.check(equal(arrays["/f"][1], np.full(5, 1.5, "f4")))
        missing = bytes.fromhex(arrays["/i"][0]["missing"])
        self.check(sorted(np.frombuffer(missing, "i2")) == [-9, -1], missing)
        self.check(arrays["/i"][0]["is_constant"] is False)
        self.check(arrays["/n"][0]["missing"] == "")

    def test_fill_time_never(self):
        """libhdf5 then leaves the reader's memory as it was where nothing was written;
        we deliver the fill value there."""
        def make(file):
            made = hdf5_files.create(
                file, "x", hdf5_files.Type("<i4"), (9,), chunk=(4,), fill=np.int32(3),
                options=[("set_fill_time", h5py.h5d.FILL_TIME_NEVER)])
            h5py.Dataset(made)[4:6] = 1

        values = self.listed(make)["/x"][1]
        self.check(list(values[:6]) == [3] * 4 + [1, 1] and values[8] == 3, values)

    def test_description(self):
        def make(file):
            file.create_dataset("z", data=np.arange(600, dtype=">i4").reshape(60, 10),
                                chunks=(7, 4), shuffle=True, compression="gzip",
                                compression_opts=9, fletcher32=True)
            file["plain"] = np.arange(5.0)

        arrays = self.listed(make)
        z, plain = arrays["/z"][0], arrays["/plain"][0]
        self.check(z["dtype"] == ">i4" and z["shape"] == [60, 10], z)
        self.check("7" in z["chunks"] and "4" in z["chunks"], z)
        for word in ("shuffle", "gzip", "fletcher32"):
            self.check(word in z["filters"], z["filters"])
        with h5py.File(self.dir / "a.h5") as file:
            self.check(z["n_bytes_stored"] == file["z"].id.get_storage_size(), z)
        self.check(z["n_rows_together"] == 7, z)
        self.check(plain["chunks"] is None and plain["filters"] is None, plain)
        self.check(plain["n_bytes_stored"] == 40, plain)

    def test_missing_filter(self):
        """Named with its number; the other datasets are read."""
        blosc = 32001

        def make(file):
            made = hdf5_files.create(
                file, "x", hdf5_files.Type("<i4"), (8,), chunk=(4,),
                options=[("set_filter", blosc, h5py.h5z.FLAG_OPTIONAL)])
            for at in (0, 4):
                made.write_direct_chunk((at,), bytes(9), 0)
            file["sound"] = np.arange(3)

        arrays = self.listed(make)
        meta = arrays["/x"][0]
        self.check(meta["status"] == "unsupported" and "32001" in meta["reason"], meta)
        self.check(list(arrays["/sound"][1]) == [0, 1, 2])


class Containers(TestCase):
    """The same values in every container come out as the same bytes."""

    def bytes_of(self, path, name):
        (_, values), = dump(path, name=name)
        return values.dtype, values.shape, values.tobytes()

    def test_one_array_in_every_container(self):
        rng = np.random.default_rng(9)
        for values in [rng.normal(size=(91, 17)).astype("f4"),
                       rng.integers(-9, 9, (200, 3, 5)), rng.normal(size=300) > 0,
                       rng.integers(0, 9, 150).astype("S3"),
                       (rng.normal(size=50) + 1j).reshape(10, 5)]:
            swapped = values.astype(values.dtype.newbyteorder(">"))
            found = {}
            for name, array in [("a", values), ("b", swapped),
                                ("f", np.asfortranarray(values))]:
                np.save(self.dir / f"{name}.npy", array)
                found[f"{name}.npy"] = self.bytes_of(self.dir / f"{name}.npy", None)
            np.savez(self.dir / "a.npz", x=values, b=swapped)
            np.savez_compressed(self.dir / "z.npz", x=values, b=swapped)
            for file in ("a.npz", "z.npz"):
                for name in "xb":
                    found[file + name] = self.bytes_of(self.dir / file, name)
            self.write_hdf5(self.dir / "a.h5", values, swapped)
            for meta, array in dump(self.dir / "a.h5"):
                found[meta["name"]] = array.dtype, array.shape, array.tobytes()
            self.check(len(found) == 19, sorted(found))
            odd = [name for name in found if found[name] != found["a.npy"]]
            self.check(not odd, f"{values.dtype}: {odd} are not as a.npy")

    def write_hdf5(self, path, values, swapped):
        chunks = tuple(max(1, n // 3 - 1) for n in values.shape)
        with h5py.File(path, "w") as file:
            for name, array in [("le", values), ("be", swapped)]:
                for kind, how in {
                        "contiguous": {}, "chunked": {"chunks": chunks},
                        "gzip": {"chunks": chunks, "compression": "gzip"},
                        "shuffle": {"chunks": chunks, "shuffle": True},
                        "lzf": {"chunks": chunks, "compression": "lzf"},
                        "all": {"chunks": chunks, "compression": "gzip", "shuffle": True,
                                "fletcher32": True}}.items():
                    file.create_dataset(f"{name} {kind}", data=array, **how)


if __name__ == "__main__":
    main()
