/* The laws that every reader obeys: it says yes to its own samples and leaves those of
 * the others; a file cut anywhere, an allocation that fails and a read that fails end
 * in a status. Loops over dsi_formats, each of which must have a sample here; and over
 * dsi_checks, for whole scans under the same faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "scratch_zip.h"
#include "subject.h"

#define SAMPLE(name) DSI_SOURCE "/samples/data/" name

struct sample {
    const char *format, *path;
    struct dsi_bytes bytes;
    bool any_part_is_whole; /* what is left of a table is a table */
    /* A process is started for every cut: between the first and the last few bytes
     * only each so many-th is cut off. */
    size_t cut_step;
};

enum { N_SAMPLES = 15 };

static struct scratch scratch;
static struct sample samples[N_SAMPLES];
static struct subject subjects[MAX_SUBJECTS];
static size_t n_subjects;

/* Small ones: every fault is tried on its own. */
static void make_subjects(void)
{
    static const uint8_t pixels[] = {0, 1, 1, 2, 3, 255};
    static const uint8_t labels[] = {3, 1, 1, 2, 1, 3};
    static const char table[] =
        "path,label,split\na,x,train\nb,,val\nc,y,train\nd,x,val\n";
    static const char idx[] = "\0\0\x08\x01\0\0\0\6\3\1\1\2\1\3";
    scratch_png(&scratch, "tree/train/cat/1.png", 3, 2, pixels);
    scratch_png(&scratch, "tree/train/cat/deep/2.png", 3, 2, pixels);
    scratch_png(&scratch, "tree/train/dog/3.png", 2, 3, pixels);
    scratch_png(&scratch, "tree/val/dog/4.png", 6, 1, pixels);
    scratch_write(&scratch, "tree/val/dog/5.png", "no picture", 10);
    scratch_write(&scratch, "tree/val/notes.csv", "a,b\n1,2\n", 8);
    scratch_link(&scratch, "tree/val/cat/up", "..");
    const struct subject all[] = {
        {.title = "tree", .inputs = {scratch_path(&scratch, "tree")}, .is_masks = true},
        {.title = "picture",
         .inputs = {scratch_path(&scratch, "g.png"), SAMPLE("masks/mask_1.png")},
         .is_masks = true},
        {.title = "jpeg", .inputs = {SAMPLE("flowers/rose/rose_05.jpg")}},
        {.title = "array with labels",
         .inputs = {scratch_npy(&scratch, "v.npy", "'|u1'", false, "(6, 1)", pixels,
                                6)},
         .labels = scratch_npy(&scratch, "l.npy", "'|u1'", false, "(6,)", labels, 6),
         .is_masks = true},
        {.title = "field", .inputs = {SAMPLE("structured.npy:label")}},
        {.title = "table",
         .inputs = {scratch_write(&scratch, "m.csv", table, sizeof table - 1)}},
        {.title = "labels from a table",
         .inputs = {scratch_npy(&scratch, "w.npy", "'|u1'", false, "(5, 1)", pixels,
                                5)},
         .labels = scratch_path(&scratch, "m.csv:label")},
        {.title = "gzipped idx",
         .inputs = {scratch_gzip(&scratch, "l.idx.gz", idx, sizeof idx - 1)}},
    };
    memcpy(subjects, all, sizeof all);
    n_subjects = sizeof all / sizeof *all;
}

/* Stored, deflated, in Fortran order, and of fields. */
static const char *make_npz(void)
{
    static const double values[] = {1, 2, 3, 4, 5, 6};
    const char *fortran = scratch_npy(&scratch, "in_f.npy", "'<f8'", true, "(2, 3)",
                                      values, sizeof values);
    const struct scratch_member members[] = {
        {"x.npy", SAMPLE("labels.npy"), false},
        {"f.npy", fortran, false},
        {"r.npy", SAMPLE("structured.npy"), true},
    };
    return scratch_zip(&scratch, "s.npz", members, sizeof members / sizeof *members);
}

static int make_all(void **state)
{
    (void)state;
    scratch_make(&scratch);
    static const char table[] = "path\tlabel\na.png\t\"x\ty\"\nb.png\tz\n";
    static const char idx[] = "\0\0\x0b\x02\0\0\0\2\0\0\0\3\0\1\0\2\0\3\0\4\0\5\0\6";
    static const double values[] = {1, 2, 3, 4, 5, 6};
    static const uint8_t pixels[] = {0, 1, 2, 3, 4, 5};
    const struct sample all[N_SAMPLES] = {
        {.format = "npy", .path = SAMPLE("labels.npy")},
        {.format = "npy", .path = SAMPLE("structured.npy")},
        {.format = "npy",
         .path = scratch_npy(&scratch, "f.npy", "'>f8'", true, "(2, 3)", values,
                             sizeof values)},
        {.format = "npz", .path = make_npz()},
        {.format = "png", .path = SAMPLE("masks/mask_0.png")},
        {.format = "png", .path = SAMPLE("flowers/rose/rose_00.png")},
        {.format = "png", .path = scratch_png(&scratch, "g.png", 3, 2, pixels)},
        {.format = "jpeg", .path = SAMPLE("flowers/rose/rose_01.jpg")},
        {.format = "jpeg", .path = SAMPLE("flowers/daisy/daisy_01.jpg")},
        {.format = "hdf5",
         .path = DSI_SOURCE "/tests/unit/support/small.h5",
         .cut_step = 37},
        {.format = "idx", .path = SAMPLE("labels-idx1-ubyte")},
        {.format = "idx",
         .path = scratch_write(&scratch, "s.idx", idx, sizeof idx - 1)},
        {.format = "idx",
         .path = scratch_gzip(&scratch, "s.idx.gz", idx, sizeof idx - 1)},
        {.format = "csv", .path = SAMPLE("labels.csv"), .any_part_is_whole = true},
        {.format = "csv",
         .path = scratch_write(&scratch, "t.tsv", table, sizeof table - 1),
         .any_part_is_whole = true},
    };
    memcpy(samples, all, sizeof all);
    for (size_t i = 0; i < N_SAMPLES; i++)
        scratch_read(samples[i].path, &samples[i].bytes);
    make_subjects();
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++)
        dsi_bytes_free(&samples[i].bytes);
    scratch_remove(&scratch);
    return 0;
}

/* --- recognising
 * ----------------------------------------------------------------------- */

static void test_every_format_has_a_sample(void **state)
{
    (void)state;
    for (const struct dsi_format *const *f = dsi_formats; *f; f++) {
        size_t n = 0;
        for (size_t i = 0; i < N_SAMPLES; i++)
            n += strcmp(samples[i].format, (*f)->name) == 0;
        if (n == 0)
            fail_msg("no sample of %s", (*f)->name);
    }
}

static void test_samples_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        const uint8_t *head = samples[i].bytes.data;
        size_t n = samples[i].bytes.n < DSI_PROBE_BYTES ? samples[i].bytes.n
                                                        : (size_t)DSI_PROBE_BYTES;
        const struct dsi_format *found = dsi_format_of_content(head, n);
        if (!found || strcmp(found->name, samples[i].format) != 0)
            fail_msg("%s is taken for %s", samples[i].path,
                     found ? found->name : "nothing");
        assert_true(found->probe(head, n) > 0);
    }
}

/* --- cut files
 * ------------------------------------------------------------------------- */

static const struct dsi_format *format_named(const char *name)
{
    for (const struct dsi_format *const *f = dsi_formats; *f; f++)
        if (strcmp((*f)->name, name) == 0)
            return *f;
    return NULL;
}

/* Opens the source, by its content where format is NULL, and reads all there is, some
 * rows at a time. */
static enum dsi_status read_everything(struct dsi_source *source,
                                       const struct dsi_format *format,
                                       uint64_t *n_warnings, struct dsi_error *err)
{
    const struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_file file;
    struct dsi_rows rows = {0};
    DSI_TRY(dsi_file_open(&file, source, &options, format, err));
    *n_warnings = file.warnings.n;
    enum dsi_status status = DSI_OK;
    for (size_t a = 0; a < file.n_arrays && status == DSI_OK; a++) {
        uint64_t n = dsi_array_n_rows(&file.arrays[a]);
        uint64_t step = file.format->is_image ? n : n / 3 + 1;
        for (uint64_t at = 0; at < n && status == DSI_OK; at += step) {
            uint64_t left = n - at;
            status = dsi_file_read(&file, a, at, left < step ? left : step, &rows, err);
            assert_true(rows.n_rows <= step);
            *n_warnings += rows.warnings.n;
        }
    }
    dsi_rows_free(&rows);
    dsi_file_close(&file);
    return status;
}

static size_t next_cut(const struct sample *sample, size_t n)
{
    enum { FEW = 12 };
    size_t step = sample->cut_step, end = sample->bytes.n;
    bool in_the_middle = n >= FEW && n + FEW < end;
    return !step || !in_the_middle ? n + 1
           : n + step + FEW < end  ? n + step
                                   : end - FEW;
}

static void cut_everywhere(const struct sample *sample)
{
    struct dsi_source source;
    const struct dsi_format *format = format_named(sample->format);
    uint64_t n_warnings = 0;
    for (size_t n = 0; n <= sample->bytes.n; n = next_cut(sample, n)) {
        struct dsi_error err = {0};
        uint8_t *copy = dsi_alloc_array(n, 1); /* so that reading past it is seen */
        assert_non_null(copy);
        if (n)
            memcpy(copy, sample->bytes.data, n);
        dsi_source_of_bytes(&source, copy, n);
        /* The first bytes alone may be taken for a table. */
        (void)!read_everything(&source, NULL, &n_warnings, &err);
        enum dsi_status status = read_everything(&source, format, &n_warnings, &err);
        free(copy);
        if (status != DSI_OK) {
            assert_int_equal(status, err.status);
            assert_true(dsi_status_is_data(status));
            assert_true(err.message[0] != '\0');
        } else if (n < sample->bytes.n && !sample->any_part_is_whole && !n_warnings) {
            fail_msg("%s: %zu of %zu bytes read as if whole", sample->path, n,
                     sample->bytes.n);
        }
        if (n == sample->bytes.n && status != DSI_OK)
            fail_msg("%s: %s", sample->path, err.message);
    }
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        assert_in_range(samples[i].bytes.n, 1, 8192);
        cut_everywhere(&samples[i]);
    }
}

/* --- reading under faults
 * -------------------------------------------------------------- */

static enum dsi_status read_path(const char *path, struct dsi_error *err)
{
    struct dsi_source source;
    uint64_t n_warnings;
    DSI_TRY(dsi_source_open(&source, path, err));
    enum dsi_status status = read_everything(&source, NULL, &n_warnings, err);
    dsi_source_close(&source);
    return status;
}

static void test_every_allocation_of_a_reader(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct dsi_error err = {0};
        faults_reset();
        assert_int_equal(read_path(samples[i].path, &err), DSI_OK);
        uint64_t n = faults_n_allocations();
        assert_true(n > 0);
        for (uint64_t k = 1; k <= n; k++) {
            faults_fail_allocation(k);
            enum dsi_status status = read_path(samples[i].path, &err);
            faults_reset();
            if (status != DSI_OK && status != DSI_ERR_MEMORY)
                fail_msg("%s, allocation %d: %s", samples[i].path, (int)k, err.message);
            assert_true(status == DSI_OK || err.status == status);
        }
    }
}

static void test_every_read_of_a_reader(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct dsi_error err = {0};
        faults_reset();
        assert_int_equal(read_path(samples[i].path, &err), DSI_OK);
        uint64_t n = faults_n_reads();
        assert_true(n > 0);
        for (uint64_t k = 1; k <= n; k++) {
            faults_fail_read(READ_EIO, k);
            assert_int_equal(read_path(samples[i].path, &err), DSI_ERR_READ);
            assert_non_null(strstr(err.message, "Input/output error"));
            faults_fail_read(READ_EINTR, k);
            assert_int_equal(read_path(samples[i].path, &err), DSI_OK);
            faults_fail_read(READ_SHORT, k);
            assert_int_equal(read_path(samples[i].path, &err), DSI_OK);
            faults_fail_read(READ_END, k);
            enum dsi_status status = read_path(samples[i].path, &err);
            assert_true(status == DSI_OK || dsi_status_is_data(status));
        }
    }
    faults_reset();
}

/* --- whole scans under faults
 * ---------------------------------------------------------- */

/* Calls fault for every small dataset, check and number of the fault; count says how
 * many there are in a scan without one. */
static void try_faults(uint64_t (*count)(void),
                       void (*fault)(const struct subject *subject,
                                     const struct variant *variant, uint64_t number,
                                     const struct dsi_bytes *sound))
{
    struct variant variants[MAX_VARIANTS];
    size_t n_variants = variants_make(variants);
    uint64_t n_all = 0;
    for (size_t s = 0; s < n_subjects; s++)
        for (size_t v = 0; v < n_variants; v++) {
            struct dsi_bytes sound;
            struct dsi_error err = {0};
            if (variants[v].masks_only && !subjects[s].is_masks)
                continue;
            faults_reset();
            if (subject_to_json(&subjects[s], &variants[v], 1, &sound, &err) != DSI_OK)
                fail_msg("%s of %s: %s", variants[v].title, subjects[s].title,
                         err.message);
            uint64_t n = count();
            n_all += n;
            for (uint64_t k = 1; k <= n; k++)
                fault(&subjects[s], &variants[v], k, &sound);
            dsi_bytes_free(&sound);
        }
    assert_true(n_all > 100);
    faults_reset();
}

static void fail_allocation(const struct subject *subject,
                            const struct variant *variant, uint64_t number,
                            const struct dsi_bytes *sound)
{
    struct dsi_bytes json;
    struct dsi_error err = {0};
    faults_fail_allocation(number);
    /* Two threads take turns at failing: whoever makes the nth allocation. */
    enum dsi_status status =
        subject_to_json(subject, variant, number % 4 ? 1 : 2, &json, &err);
    faults_reset();
    if (status == DSI_OK) {
        bool same = json.n == sound->n && memcmp(json.data, sound->data, json.n) == 0;
        if (!same)
            fail_msg("%s of %s, allocation %d: other results: %.*s", variant->title,
                     subject->title, (int)number, (int)json.n, (char *)json.data);
        dsi_bytes_free(&json);
    } else if (status != DSI_ERR_MEMORY || err.status != status) {
        fail_msg("%s of %s, allocation %d: %s", variant->title, subject->title,
                 (int)number, err.message);
    }
}

static void test_every_allocation_of_a_scan(void **state)
{
    (void)state;
    try_faults(faults_n_allocations, fail_allocation);
}

static bool holds(const struct dsi_bytes *json, const char *text)
{
    return memmem(json->data, json->n, text, strlen(text)) != NULL;
}

static void fail_read(const struct subject *subject, const struct variant *variant,
                      uint64_t number, const struct dsi_bytes *sound)
{
    static const enum fault_of_read harmless[] = {READ_EINTR, READ_SHORT};
    struct dsi_bytes json;
    struct dsi_error err = {0};
    for (size_t i = 0; i < 2; i++) {
        faults_fail_read(harmless[i], number);
        assert_int_equal(subject_to_json(subject, variant, 1, &json, &err), DSI_OK);
        assert_int_equal(json.n, sound->n);
        assert_memory_equal(json.data, sound->data, json.n);
        dsi_bytes_free(&json);
    }
    faults_fail_read(READ_EIO, number);
    enum dsi_status status = subject_to_json(subject, variant, 1, &json, &err);
    if (status == DSI_OK) {
        /* Only what is readable says so in the check's own report. */
        bool reported = holds(&json, "Input/output error") ||
                        strcmp(variant->check->name, "readable") != 0;
        if (!reported)
            fail_msg("%s of %s, read %d: nothing said: %.*s", variant->title,
                     subject->title, (int)number, (int)json.n, (char *)json.data);
        dsi_bytes_free(&json);
    } else {
        assert_int_equal(status, DSI_ERR_READ);
    }
    faults_fail_read(READ_END, number);
    status = subject_to_json(subject, variant, 1, &json, &err);
    if (status == DSI_OK)
        dsi_bytes_free(&json);
    else
        assert_true(dsi_status_is_data(status));
}

static void test_every_read_of_a_scan(void **state)
{
    (void)state;
    try_faults(faults_n_reads, fail_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_has_a_sample),
        cmocka_unit_test(test_samples_are_told_apart),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_every_allocation_of_a_reader),
        cmocka_unit_test(test_every_read_of_a_reader),
        cmocka_unit_test(test_every_allocation_of_a_scan),
        cmocka_unit_test(test_every_read_of_a_scan),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
