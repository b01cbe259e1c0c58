#include "scratch_zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zip.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

const char *scratch_zip(struct scratch *scratch, const char *name,
                        const struct scratch_member *members, size_t n_members)
{
    const char *path = scratch_path(scratch, name);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_EXCL, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < n_members; i++) {
        zip_source_t *source = zip_source_file(zip, members[i].path, 0, -1);
        assert_non_null(source);
        zip_int64_t index =
            zip_file_add(zip, members[i].name, source, ZIP_FL_ENC_UTF_8);
        assert_true(index >= 0);
        int method = members[i].is_stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, method, 0),
                         0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}
