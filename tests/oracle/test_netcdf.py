"""netCDF-4 files, written by the netCDF library: our reader delivers what h5py reads
and what was written. (A netCDF-4 file is an HDF5 file.)"""

import netCDF4
import numpy as np

from hdf5_compare import Comparison
from oracle import DumpError, TestCase, dump, main


class NetCdf(TestCase):
    def hold(self, path, written):
        found = Comparison(path, written)
        wrong = found.wrong + found.refused
        self.check(not wrong, "\n".join(wrong))
        return found

    def create(self, **how):
        path = self.dir / "a.nc"
        return path, netCDF4.Dataset(path, "w", **how)

    def test_every_type_and_packing(self):
        rng = np.random.default_rng(1)
        written = {}
        path, file = self.create()
        file.createDimension("x", 23)
        file.createDimension("y", 17)
        for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"):
            for endian in ("little", "big"):
                for name, how in [("plain", {"contiguous": True}),
                                  ("chunks", {"chunksizes": (5, 6)}),
                                  ("zlib", {"zlib": True, "complevel": 7,
                                            "chunksizes": (9, 17)}),
                                  ("sum", {"zlib": True, "fletcher32": True,
                                           "shuffle": False})]:
                    values = rng.integers(0, 90, (23, 17)).astype(
                        ("<" if endian == "little" else ">") + kind)
                    label = f"{name}_{kind}_{endian}"
                    made = file.createVariable(label, values.dtype, ("x", "y"), endian=endian,
                                               **how)
                    made.set_auto_maskandscale(False)
                    made[:] = values
                    written["/" + label] = values
        file.close()
        found = self.hold(path, written)
        self.check(len(found.same) >= 80, found.same)

    def test_classic_formats(self):
        """They are no HDF5, and the suffix is the same: how to convert them is said."""
        for how in "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA":
            path, file = self.create(format=how)
            file.createDimension("x", 3)
            file.createVariable("v", "f4", ("x",))[:] = 1
            file.close()
            with self.assertRaises(DumpError) as refused:
                dump(path, "--named")
            self.assertEqual(refused.exception.rule, "unsupported")
            self.check("nccopy" in str(refused.exception), refused.exception)

    def test_fill_values(self):
        """_FillValue is the value of what was never written, and says missing."""
        path, file = self.create()
        file.createDimension("t", None)
        file.createDimension("x", 4)
        given = file.createVariable("given", "f4", ("t", "x"), fill_value=-99.5)
        default = file.createVariable("default", "i4", ("t", "x"), zlib=True)
        other = file.createVariable("other", "i2", ("t", "x"), fill_value=False)
        other.missing_value = np.int16(-7)
        given[5] = [1, 2, 3, 4]
        default[2] = [1, 2, 3, 4]
        other[3] = [1, 2, -7, 4]
        file.close()
        wanted = np.full((6, 4), -99.5, "f4")
        wanted[5] = [1, 2, 3, 4]
        found = self.hold(path, {"/given": wanted})
        missing = {name: meta["missing"] for name, (meta, _) in found.ours.items()}
        self.check(missing["/given"] == np.float32(-99.5).tobytes().hex(), missing)
        self.check(missing["/other"] == np.int16(-7).tobytes().hex(), missing)
        # netCDF shows as many rows as the longest variable has; HDF5 has three here.
        rows = found.ours["/default"][1]
        self.check(rows.shape == (3, 4) and rows[1, 0] == netCDF4.default_fillvals["i4"])

    def test_groups_and_unlimited(self):
        path, file = self.create()
        group = file.createGroup("forecast/model 1")
        group.createDimension("time", None)
        group.createDimension("run", None)
        values = np.arange(60.0).reshape(12, 5)
        group.createVariable("t2m", "f8", ("time", "run"))[:] = values
        again = file.createGroup("other")
        again.createDimension("time", 3)
        again.createVariable("time", "i8", ("time",))[:] = [1, 2, 3]
        file.createVariable("scalar", "f4", ())[...] = 7.5
        file.close()
        self.hold(path, {"/forecast/model 1/t2m": values, "/scalar": np.float32(7.5),
                         "/other/time": np.array([1, 2, 3])})

    def test_texts_enums_and_records(self):
        path, file = self.create()
        file.createDimension("x", 3)
        file.createDimension("n", 5)
        file.createVariable("text", str, ("x",))[:] = np.array(["a", "", "été"], object)
        chars = file.createVariable("chars", "S1", ("x", "n"))
        chars[:] = netCDF4.stringtochar(np.array(["ab", "hello", ""], "S5"))
        kinds = file.createEnumType(np.uint8, "sky", {"clear": 0, "cloud": 1, "snow": 9})
        file.createVariable("kind", kinds, ("x",), fill_value=0)[:] = [9, 1, 0]
        dtype = np.dtype([("u", "f4"), ("v", "i2"), ("w", "f8", (2,))])
        record = file.createCompoundType(dtype, "speed")
        data = np.zeros(3, dtype)
        data["u"], data["v"], data["w"] = [1, 2, 3], [4, 5, 6], [[7, 8]] * 3
        file.createVariable("wind", record, ("x",))[:] = data
        ragged = file.createVLType(np.int32, "list")
        file.createVariable("ragged", ragged, ("x",))[0] = np.int32([1, 2])
        file.close()
        found = self.hold(path, {"/kind": np.uint8([9, 1, 0]), "/wind.u": data["u"],
                                 "/wind.w": data["w"]})
        self.check(list(found.ours["/text"][1]) == [b"a", b"", "été".encode()])
        self.check(found.ours["/kind"][0]["value_names"] ==
                   [[0, "clear"], [1, "cloud"], [9, "snow"]])
        self.check(found.without == ["/ragged"], found.without)

    def test_classic_model(self):
        path, file = self.create(format="NETCDF4_CLASSIC")
        file.createDimension("t", None)
        file.createVariable("v", "i4", ("t",), zlib=True)[:] = np.arange(5000)
        file.close()
        self.hold(path, {"/v": np.arange(5000, dtype="i4")})


if __name__ == "__main__":
    main()
