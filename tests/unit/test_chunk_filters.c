/* Undoing the filters of HDF5's chunks. What chunks mean comes from libhdf5, which made
 * those of chunk_vectors.h and read them back (make_chunk_vectors.py); small ones were
 * worked out by hand from the formats. Every buffer ends where memory ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>
#include <zlib.h>

#include "chunk_filters.h"
#include "chunk_vectors.h"
#include "faults.h"
#include "fletcher32.h"
#include "lzf.h"
#include "shuffle.h"

enum { N_VECTORS = sizeof chunk_vectors / sizeof chunk_vectors[0], ROOM = 64 << 10 };

/* Memory with a forbidden page on either side. */
struct guarded {
    uint8_t *map, *start, *end;
    size_t n_map;
};

static struct guarded input, output;
static struct dsi_chunk_codec *codec;
static struct dsi_error err;

static void guard(struct guarded *g)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g->n_map = ROOM + 2 * page;
    g->map = mmap(NULL, g->n_map, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g->map != MAP_FAILED);
    g->start = g->map + page;
    g->end = g->start + ROOM;
    assert_int_equal(mprotect(g->start, ROOM, PROT_READ | PROT_WRITE), 0);
}

static int set_up(void **state)
{
    (void)state;
    guard(&input);
    guard(&output);
    codec = dsi_chunk_codec_new();
    return codec == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    munmap(input.map, input.n_map);
    munmap(output.map, output.n_map);
    dsi_chunk_codec_free(codec);
    return 0;
}

/* pattern() and noise() of make_chunk_vectors.py. */
static void expected_bytes(const struct chunk_vector *v, uint8_t *bytes)
{
    uint64_t state = 1;
    for (size_t i = 0; i < v->n_out; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] =
            v->is_noise ? (uint8_t)(state >> 56) : (uint8_t)(i / 40 * 37 ^ i % 7 / 5);
    }
}

static struct dsi_stored_chunk chunk_of(const struct chunk_vector *v)
{
    return (struct dsi_stored_chunk){.filters = v->filters,
                                     .n_filters = v->n_filters,
                                     .skipped = v->skipped,
                                     .bytes = (const uint8_t *)v->stored,
                                     .n_bytes = v->n_stored};
}

/* Both what is stored and out stand right before a forbidden page. */
static enum dsi_status decode(struct dsi_stored_chunk chunk, size_t n_out)
{
    assert_true(chunk.n_bytes <= ROOM && n_out <= ROOM);
    uint8_t *stored = input.end - chunk.n_bytes;
    if (chunk.n_bytes)
        memcpy(stored, chunk.bytes, chunk.n_bytes);
    chunk.bytes = stored;
    memset(output.end - n_out, 0xa5, n_out);
    return dsi_chunk_decode(codec, &chunk, output.end - n_out, n_out, &err);
}

static void test_what_libhdf5_stored(void **state)
{
    (void)state;
    uint8_t want[4096];
    for (size_t i = 0; i < N_VECTORS; i++) {
        const struct chunk_vector *v = &chunk_vectors[i];
        expected_bytes(v, want);
        if (decode(chunk_of(v), v->n_out) != DSI_OK)
            fail_msg("%s: %s", v->name, err.message);
        if (memcmp(output.end - v->n_out, want, v->n_out) != 0)
            fail_msg("%s: other bytes", v->name);
    }
}

static void test_any_other_length_is_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_VECTORS; i++) {
        const struct chunk_vector *v = &chunk_vectors[i];
        const size_t lengths[] = {0, 1, v->n_out - 1, v->n_out + 1, 2 * v->n_out, ROOM};
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
            assert_int_equal(decode(chunk_of(v), lengths[k]), DSI_ERR_MALFORMED);
    }
}

static void test_no_chunk_can_be_cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_VECTORS; i++)
        for (size_t n = 0; n < chunk_vectors[i].n_stored; n++) {
            struct dsi_stored_chunk chunk = chunk_of(&chunk_vectors[i]);
            chunk.n_bytes = n;
            enum dsi_status status = decode(chunk, chunk_vectors[i].n_out);
            if (status != DSI_ERR_MALFORMED && status != DSI_ERR_CRC)
                fail_msg("%s of %zu bytes: %d", chunk_vectors[i].name, n, status);
        }
}

/* Fletcher-32 covers every byte before it, its own bytes too. */
static void test_one_bit_breaks_a_checksum(void **state)
{
    (void)state;
    static const struct dsi_hdf5_filter check = {.id = 3};
    uint8_t bytes[105];
    size_t i = 0;
    while (strcmp(chunk_vectors[i].name, "fletcher32") != 0)
        i++;
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        memcpy(bytes, chunk_vectors[i].stored, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct dsi_stored_chunk chunk = {&check, 1, 0, bytes, sizeof bytes};
        assert_int_equal(decode(chunk, sizeof bytes - 4), DSI_ERR_CRC);
    }
}

static void test_adler_is_told_from_a_broken_stream(void **state)
{
    (void)state;
    uint8_t bytes[256];
    const struct chunk_vector *v = &chunk_vectors[0]; /* deflate */
    memcpy(bytes, v->stored, v->n_stored);
    struct dsi_stored_chunk chunk = chunk_of(v);
    chunk.bytes = bytes;
    bytes[v->n_stored - 1] ^= 1;
    assert_int_equal(decode(chunk, v->n_out), DSI_ERR_CRC);
    bytes[v->n_stored - 1] ^= 1;
    bytes[0] ^= 1; /* the method */
    assert_int_equal(decode(chunk, v->n_out), DSI_ERR_MALFORMED);
    bytes[0] ^= 1;
    bytes[2] |= 6; /* a block of a type there is not */
    assert_int_equal(decode(chunk, v->n_out), DSI_ERR_MALFORMED);
}

static void test_what_follows_the_stream_does_not_matter(void **state)
{
    (void)state;
    uint8_t bytes[256] = {0}, want[700];
    const struct chunk_vector *v = &chunk_vectors[0];
    memcpy(bytes, v->stored, v->n_stored);
    struct dsi_stored_chunk chunk = chunk_of(v);
    chunk.bytes = bytes;
    chunk.n_bytes = v->n_stored + 9; /* zlib, and so libhdf5, stops at the end too */
    expected_bytes(v, want);
    assert_int_equal(decode(chunk, v->n_out), DSI_OK);
    assert_memory_equal(output.end - v->n_out, want, v->n_out);
}

/* 64 MiB of zeros deflated twice: what is in between is larger than any chunk of 1,000
 * bytes compresses to, and is not made. */
static void test_a_bomb_is_stopped(void **state)
{
    (void)state;
    static const struct dsi_hdf5_filter twice[] = {{.id = 1}, {.id = 1}};
    const uLong n = 64 << 20;
    uLong n_once = compressBound(n), n_stored = ROOM;
    uint8_t *zeros = calloc(n, 1), *once = malloc(n_once), *stored = malloc(ROOM);
    assert_true(zeros && once && stored);
    assert_int_equal(compress2(once, &n_once, zeros, n, 9), Z_OK);
    assert_int_equal(compress2(stored, &n_stored, once, n_once, 9), Z_OK);
    struct dsi_stored_chunk chunk = {twice, 2, 0, stored, n_stored};
    assert_int_equal(decode(chunk, 1000), DSI_ERR_MALFORMED);
    assert_non_null(strstr(err.message, " 5221 ")); /* 1000 + 1000 / 8 + 4096 */
    chunk = (struct dsi_stored_chunk){twice, 1, 0, once, n_once};
    assert_int_equal(decode(chunk, 1000), DSI_ERR_MALFORMED);
    free(zeros);
    free(once);
    free(stored);
}

/* What is stored may be of any size where it was compressed first and shuffled then;
 * but there is no room for more than a chunk can be. */
static void test_more_is_stored_than_a_chunk_can_be(void **state)
{
    (void)state;
    static const struct dsi_hdf5_filter two[] = {
        {.id = 1}, {.id = 2, .n_values = 1, .values = {4}}};
    uint8_t *stored = calloc(ROOM, 1);
    assert_non_null(stored);
    struct dsi_stored_chunk chunk = {two, 2, 0, stored, ROOM};
    assert_int_equal(decode(chunk, 1000), DSI_ERR_MALFORMED);
    assert_string_equal(err.message, "shuffle: more than 5221 bytes");
    free(stored);
}

static void test_which_filters_are_known(void **state)
{
    (void)state;
    static const struct dsi_hdf5_filter szip = {.id = 4, .n_values = 2};
    struct dsi_hdf5_filter many[DSI_HDF5_MAX_FILTERS + 1];
    for (size_t i = 0; i <= DSI_HDF5_MAX_FILTERS; i++)
        many[i] = (struct dsi_hdf5_filter){.id = 2, .n_values = 1, .values = {4}};
    struct dsi_stored_chunk chunk = {&szip, 1, 0, (const uint8_t *)"", 0};

    assert_true(dsi_chunk_filters_known(NULL, 0));
    assert_false(dsi_chunk_filters_known(&szip, 1));
    assert_int_equal(decode(chunk, 10), DSI_ERR_UNSUPPORTED);
    assert_true(dsi_chunk_filters_known(many, DSI_HDF5_MAX_FILTERS));
    assert_false(dsi_chunk_filters_known(many, DSI_HDF5_MAX_FILTERS + 1));
    many[3].n_values = 0; /* shuffles what? */
    assert_false(dsi_chunk_filters_known(many, 4));
    many[3] = (struct dsi_hdf5_filter){.id = 2, .n_values = 1, .values = {0}};
    assert_false(dsi_chunk_filters_known(many, 4));
}

static void test_plain_is_when_nothing_was_applied(void **state)
{
    (void)state;
    static const struct dsi_hdf5_filter two[] = {{.id = 1}, {.id = 3}};
    uint8_t bytes[6] = "plain";
    assert_true(dsi_chunk_is_plain(NULL, 0, 0));
    assert_false(dsi_chunk_is_plain(two, 2, 0));
    assert_false(dsi_chunk_is_plain(two, 2, 1));
    assert_false(dsi_chunk_is_plain(two, 2, 2));
    assert_true(dsi_chunk_is_plain(two, 2, 3));
    assert_true(dsi_chunk_is_plain(two, 2, UINT64_MAX));
    assert_int_equal(decode((struct dsi_stored_chunk){two, 2, 3, bytes, 6}, 6), DSI_OK);
    assert_memory_equal(output.end - 6, "plain", 6);
    assert_int_equal(decode((struct dsi_stored_chunk){two, 2, 3, bytes, 6}, 5),
                     DSI_ERR_MALFORMED);
}

static void test_thirty_two_shuffles(void **state)
{
    (void)state;
    struct dsi_hdf5_filter many[DSI_HDF5_MAX_FILTERS];
    for (size_t i = 0; i < DSI_HDF5_MAX_FILTERS; i++)
        many[i] = (struct dsi_hdf5_filter){.id = 2, .n_values = 1, .values = {2}};
    /* Of 4 bytes, shuffling by 2 swaps the middle ones: an even number does nothing. */
    const uint8_t bytes[4] = "abcd";
    assert_int_equal(decode((struct dsi_stored_chunk){many, 32, 0, bytes, 4}, 4),
                     DSI_OK);
    assert_memory_equal(output.end - 4, "abcd", 4);
    assert_int_equal(decode((struct dsi_stored_chunk){many, 31, 0, bytes, 4}, 4),
                     DSI_OK);
    assert_memory_equal(output.end - 4, "acbd", 4);
}

/* --- unshuffling --- */

/* By definition: byte j of element i of n stands at j n + i. */
static void unshuffle_by_definition(size_t size, const uint8_t *in, size_t n_bytes,
                                    uint8_t *out)
{
    size_t n = n_bytes / size;
    for (size_t k = 0; k < n_bytes; k++)
        out[k] = k < n * size ? in[k % size * n + k / size] : in[k];
}

static void check_ways(size_t size, size_t n, const uint8_t *in, uint8_t *out)
{
    static uint8_t want[ROOM];
    unshuffle_by_definition(size, in, n, want);
    for (size_t w = 0; w <= dsi_n_unshuffle_ways; w++) {
        bool is_choice = w == dsi_n_unshuffle_ways;
        if (!is_choice && !dsi_unshuffle_ways[w].works_here())
            continue;
        memset(out, 0xa5, n);
        if (is_choice)
            dsi_unshuffle(size, in, n, out);
        else
            dsi_unshuffle_ways[w].run(size, in, n, out);
        if (memcmp(out, want, n) != 0)
            fail_msg("%s, %zu bytes in elements of %zu",
                     is_choice ? "the choice" : dsi_unshuffle_ways[w].name, n, size);
    }
}

static void test_every_way_unshuffles_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROOM; i++)
        input.start[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t size = 1; size <= 40; size++)
        for (size_t n = 0; n < 70 * size; n += n < 20 ? 1 : 1 + (n * 7 + size) % 13) {
            /* Against the page after, then against the page before. */
            check_ways(size, n, input.end - n, output.end - n);
            check_ways(size, n, input.start, output.start);
        }
    for (size_t size = 2; size <= 64; size *= 2)
        for (size_t off = 0; off < 8; off++)
            check_ways(size, ROOM - 100 - off, input.start + off, output.start + 9);
}

/* --- the checksum --- */

static void test_fletcher32_by_hand(void **state)
{
    (void)state;
    static const uint8_t words[] = {1, 2, 3, 4, 5};
    /* 0x0102; and 0x0102 + 0x0304 = 0x0406, whose sums are 0x0102 + 0x0406 = 0x0508;
     * and then 0x0500 more: 0x0906, 0x0508 + 0x0906 = 0x0e0e. */
    assert_int_equal(dsi_fletcher32(words, 0), 0);
    assert_int_equal(dsi_fletcher32(words, 1), 0x01000100);
    assert_int_equal(dsi_fletcher32(words, 2), 0x01020102);
    assert_int_equal(dsi_fletcher32(words, 4), 0x05080406);
    assert_int_equal(dsi_fletcher32(words, 5), 0x0e0e0906);
    assert_int_equal(dsi_fletcher32_of_old(0x01020304), 0x02010403);
}

static void test_fletcher32_is_the_same_fast(void **state)
{
    (void)state;
    for (int fill = 0; fill < 3; fill++) {
        for (size_t i = 0; i < ROOM; i++)
            input.start[i] = (uint8_t)(fill == 0   ? 0xff
                                       : fill == 1 ? i == 3
                                                   : i * 2654435761u >> 19);
        for (size_t n = 0; n <= ROOM; n += n < 1000 ? 1 : 997) {
            assert_int_equal(dsi_fletcher32(input.start, n),
                             dsi_fletcher32_plain(input.start, n));
            assert_int_equal(dsi_fletcher32(input.end - n, n),
                             dsi_fletcher32_plain(input.end - n, n));
        }
    }
    memset(input.start, 0, ROOM);
    assert_int_equal(dsi_fletcher32(input.start, ROOM), 0);
}

/* A sum that is a multiple of 65535 is 65535 and not 0, and stays so over zeros. */
static void test_fletcher32_knows_one_zero(void **state)
{
    (void)state;
    memset(input.start, 0, ROOM);
    memset(input.start, 0xff, 2);
    for (size_t n = 2; n <= ROOM; n += 2)
        assert_int_equal(dsi_fletcher32(input.start, n), 0xffffffff);
}

/* --- LZF --- */

static bool lzf(const char *in, size_t n_in, size_t room, size_t *n_out)
{
    memcpy(input.end - n_in, in, n_in);
    memset(output.end - room, 0xa5, room);
    return dsi_lzf_decode(input.end - n_in, n_in, output.end - room, room, n_out);
}

static void test_lzf_by_hand(void **state)
{
    (void)state;
    size_t n;
    assert_true(lzf("", 0, 0, &n) && n == 0);
    assert_true(lzf("\x02"
                    "abc",
                    4, 3, &n) &&
                n == 3);
    assert_memory_equal(output.end - 3, "abc", 3);
    /* Two literals, and 3 bytes from 2 before. */
    assert_true(lzf("\x01"
                    "ab\x20\x01",
                    5, 5, &n) &&
                n == 5);
    assert_memory_equal(output.end - 5, "ababa", 5);
    /* One literal, repeated 9 + 255 times: the longest there is. */
    assert_true(lzf("\x00z\xe0\xff\x00", 5, 265, &n) && n == 265);
    for (size_t i = 0; i < 265; i++)
        assert_int_equal(output.end[-1 - (int)i], 'z');
    assert_true(lzf("\x00z\xe0\x00\x00", 5, 10, &n) && n == 10);
    /* With room to spare it says how much it used. */
    assert_true(lzf("\x00z\xe0\x00\x00", 5, 99, &n) && n == 10);
}

static void test_lzf_that_lies(void **state)
{
    (void)state;
    size_t n;
    assert_false(lzf("\x02"
                     "ab",
                     3, 9, &n));                      /* three literals of two */
    assert_false(lzf("\x20", 1, 9, &n));              /* no distance */
    assert_false(lzf("\x00z\xe0\x00", 4, 99, &n));    /* a length, and no distance */
    assert_false(lzf("\x00z\x20\x01", 4, 9, &n));     /* 2 before the second byte */
    assert_false(lzf("\x20\x00", 2, 9, &n));          /* before the first */
    assert_false(lzf("\x00z\xe0\x00\x00", 5, 9, &n)); /* more than there is room for */
    assert_false(lzf("\x01zz", 3, 1, &n));
    assert_false(lzf("\x00z\x3f\xff", 4, 99, &n)); /* 8,192 before */
}

/* --- memory --- */

static void test_failing_allocations(void **state)
{
    (void)state;
    faults_fail_allocation(1);
    assert_null(dsi_chunk_codec_new());
    faults_reset();
    dsi_chunk_codec_free(NULL);

    struct dsi_chunk_codec *used = codec;
    for (size_t i = 0; i < N_VECTORS; i++)
        for (uint64_t nth = 1;; nth++) {
            const struct chunk_vector *v = &chunk_vectors[i];
            codec = dsi_chunk_codec_new();
            assert_non_null(codec);
            faults_fail_allocation(nth);
            enum dsi_status status = decode(chunk_of(v), v->n_out);
            uint64_t n = faults_n_allocations();
            faults_reset();
            assert_int_equal(status, n < nth ? DSI_OK : DSI_ERR_MEMORY);
            /* It is as good as new. */
            assert_int_equal(decode(chunk_of(v), v->n_out), DSI_OK);
            dsi_chunk_codec_free(codec);
            if (n < nth)
                break;
        }
    codec = used;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_libhdf5_stored),
        cmocka_unit_test(test_any_other_length_is_malformed),
        cmocka_unit_test(test_no_chunk_can_be_cut_short),
        cmocka_unit_test(test_one_bit_breaks_a_checksum),
        cmocka_unit_test(test_adler_is_told_from_a_broken_stream),
        cmocka_unit_test(test_what_follows_the_stream_does_not_matter),
        cmocka_unit_test(test_a_bomb_is_stopped),
        cmocka_unit_test(test_more_is_stored_than_a_chunk_can_be),
        cmocka_unit_test(test_which_filters_are_known),
        cmocka_unit_test(test_plain_is_when_nothing_was_applied),
        cmocka_unit_test(test_thirty_two_shuffles),
        cmocka_unit_test(test_every_way_unshuffles_alike),
        cmocka_unit_test(test_fletcher32_by_hand),
        cmocka_unit_test(test_fletcher32_is_the_same_fast),
        cmocka_unit_test(test_fletcher32_knows_one_zero),
        cmocka_unit_test(test_lzf_by_hand),
        cmocka_unit_test(test_lzf_that_lies),
        cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
