/* Histograms of gaps with what is compared beside them, and sums for metrics, of
 * float32 in vectors against the same value by value: odd lengths, anywhere in memory,
 * up to the last byte that may be read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gaps.h"
#include "guarded.h"
#include "metrics.h"
#include "numbers.h"

enum { PIECE = DSI_CLOSE_NUMBERS_A_BLOCK, MAX_N = 20 * PIECE + 77, N_TIMES = 40 };

static const struct dsi_dtype f32 = {.kind = DSI_FLOAT, .size = sizeof(float)};
static const size_t lengths[] = {0,    1,    7,    8,        9,    31,   33,
                                 1023, 1024, 1025, 1024 + 8, 2047, 2048, 3 * PIECE + 5,
                                 MAX_N};
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

static const enum dsi_cpu_level levels[] = {DSI_CPU_AVX2, DSI_CPU_AVX512};
enum { N_LEVELS = sizeof levels / sizeof *levels };

/* Room of each side that ends where none can be read. */
static struct guarded room_a, room_b;

static int set_up(void **state)
{
    (void)state;
    room_a = guarded_make((MAX_N + 1) * sizeof(float));
    room_b = guarded_make((MAX_N + 1) * sizeof(float));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guarded_free(&room_a);
    guarded_free(&room_b);
    return 0;
}

/* Values, and others up to so many units apart; one in so many is anything. */
struct making {
    uint32_t least_size, spread; /* bits of the first, without signs */
    uint32_t units;
    uint64_t one_in; /* 0: none */
    bool both_signs;
};

static uint32_t odd_bits(uint32_t other)
{
    static const uint32_t bits[] = {0,          0x80000000, 0x7f800000, 0xff800000,
                                    0x7fc00000, 0xffc00001, 1,          0x80000001,
                                    0x00010000, 0x7f7fffff, 0x3f800000, 0xbf800000};
    const uint64_t drawn = draw_bits();
    if (drawn % 4 == 0)
        return other ^ 0x80000000;
    if (drawn % 4 == 1)
        return other ^ (1u << (drawn >> 8) % 24);
    return bits[(drawn >> 8) % (sizeof bits / sizeof *bits)];
}

static void make(const struct making *how, uint8_t *a, uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t drawn = draw_bits();
        const uint32_t sign = how->both_signs ? (uint32_t)(drawn % 2) << 31 : 0;
        uint32_t p = how->least_size + (uint32_t)(drawn >> 32) % how->spread;
        uint32_t q = p + (uint32_t)(drawn >> 8) % (how->units + 1);
        p |= sign;
        q |= sign;
        if (how->one_in && draw_bits() % how->one_in == 0)
            p = odd_bits(q);
        if (how->one_in && draw_bits() % how->one_in == 0)
            q = odd_bits(p);
        memcpy(a + i * sizeof p, drawn & 2 ? &p : &q, sizeof p);
        memcpy(b + i * sizeof q, drawn & 2 ? &q : &p, sizeof q);
    }
}

static const struct making makings[] = {
    {0x30000000, 0x10000000, 7, 0, true},      /* usual ones */
    {0x3f7fff00, 0x200, 127, 0, true},         /* about a power of two */
    {0x3f7fff00, 0x200, 128, 5000, true},      /* just too far */
    {0x3f800000, 0x00800000, 300, 0, false},   /* units are of the same size */
    {0x33800000, 0x0c000000, 90, 20000, true}, /* with what is odd, here and there */
    {0, 200, 100, 0, true},                    /* subnormal, and zeros of both signs */
    {0x007fff00, 0x200, 60, 0, false},         /* just normal */
    {0x0c000000, 0x02000000, 20, 0, true},     /* differences are not */
    {0x7f000000, 0x007fff00, 15, 0, true},     /* huge */
    {0x20000000, 0x20000000, 0, 0, true},      /* equal */
    {0x3f000000, 0x01000000, 0, 700, true},    /* but for a few */
    {0x3f800000, 0x00000001, 1, 0, false},     /* 1, and the next */
    {0x30000000, 0x10000000, 1 << 22, 0, true},
    {0x10000000, 0x60000000, 60, 30, true},
};
enum { N_MAKINGS = sizeof makings / sizeof *makings };

static const struct dsi_close_rule rules[] = {
    {.rtol = 1e-5, .atol = 1e-8},  {.rtol = 1e-6, .atol = 1e-8, .equal_nan = true},
    {.rtol = 0, .atol = 0},        {.rtol = -1, .atol = 0},
    {.rtol = 1e-5, .atol = 1e-40}, {.has_max_ulp = true, .max_ulp = 5},
};
enum { N_RULES = sizeof rules / sizeof *rules };

struct result {
    struct dsi_gaps gaps;
    struct dsi_closeness closeness;
};

/* The first values by themselves, so that something is known of the others. */
static struct result result_at(enum dsi_cpu_level level,
                               const struct dsi_close_rule *rule, const uint8_t *a,
                               unsigned stride_a, const uint8_t *b, size_t n)
{
    struct result result = {0};
    struct dsi_close close;
    const size_t first = n / 7, at = first * sizeof(float);
    assert_int_equal(dsi_close_init(&close, f32, f32, rule, true, false, level, NULL),
                     DSI_OK);
    dsi_closeness_init(&result.closeness);
    dsi_gaps_run(&result.gaps, &close, a, stride_a, b, 1, 0, first, &result.closeness);
    dsi_gaps_run(&result.gaps, &close, a + at * stride_a, stride_a, b + at, 1, first,
                 n - first, &result.closeness);
    return result;
}

static struct dsi_metric_sums sums_at(enum dsi_cpu_level level, const uint8_t *a,
                                      unsigned stride_a, const uint8_t *b, size_t n)
{
    struct dsi_metric_sums sums = {0};
    dsi_metric_sums_of(&sums, level, f32, a, stride_a, f32, b, 1, n);
    return sums;
}

static void compare_levels(const uint8_t *a, unsigned stride_a, const uint8_t *b,
                           size_t n)
{
    const struct dsi_close_rule *rule = &rules[draw_bits() % N_RULES];
    const struct result expected = result_at(DSI_CPU_PORTABLE, rule, a, stride_a, b, n);
    const struct dsi_metric_sums sums = sums_at(DSI_CPU_PORTABLE, a, stride_a, b, n);
    for (size_t l = 0; l < N_LEVELS; l++) {
        if (levels[l] > dsi_cpu_level())
            continue;
        const struct result got = result_at(levels[l], rule, a, stride_a, b, n);
        assert_memory_equal(&got, &expected, sizeof got);
        const struct dsi_metric_sums summed = sums_at(levels[l], a, stride_a, b, n);
        assert_memory_equal(&summed, &sums, sizeof sums);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_MAKINGS; m++)
        for (size_t i = 0; i < N_LENGTHS; i++) {
            const size_t n = lengths[i], size = n * sizeof(float);
            uint8_t *a = room_a.first + room_a.n - size;
            uint8_t *b = room_b.first + room_b.n - size;
            make(&makings[m], a, b, n);
            compare_levels(a, 1, b, n);
            if (n)
                compare_levels(a + size - sizeof(float), 0, b, n);
        }
}

static void test_unaligned(void **state)
{
    (void)state;
    enum { N = 2 * PIECE + 41 };
    for (size_t m = 0; m < N_MAKINGS; m++)
        for (size_t off = 1; off < 4; off++) {
            uint8_t *a = room_a.first + off, *b = room_b.first + (off + 2) % 4;
            make(&makings[m], a, b, N);
            compare_levels(a, 1, b, N);
        }
}

/* One way after another, and what is odd in few places. */
static void test_mixtures(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TIMES; t++) {
        const size_t size = MAX_N * sizeof(float);
        uint8_t *a = room_a.first + room_a.n - size;
        uint8_t *b = room_b.first + room_b.n - size;
        for (size_t at = 0, n; at < MAX_N; at += n) {
            n = 1 + draw_bits() % (3 * PIECE);
            n = n < MAX_N - at ? n : MAX_N - at;
            struct making how = makings[draw_bits() % N_MAKINGS];
            how.one_in = t % 2 ? 0 : how.one_in;
            make(&how, a + at * sizeof(float), b + at * sizeof(float), n);
        }
        compare_levels(a, 1, b, MAX_N);
    }
}

/* About each power of ten: a power and what is next to it, beside 0, whose lower bits
 * are 0 where a piece is to be taken in few bits. */
static void test_powers_of_ten(void **state)
{
    (void)state;
    uint8_t *a = room_a.first, *b = room_b.first;
    for (int k = -45; k <= 38; k++) {
        const float power = (float)pow(10, k);
        uint32_t bits;
        memcpy(&bits, &power, sizeof bits);
        for (size_t i = 0; i < PIECE; i++) {
            uint32_t apart = (bits & 0xffff0000) + ((uint32_t)(i % 7) << 16);
            apart -= apart >= 0x30000 ? 0x30000 : 0;
            /* x and x + apart, which is exact, and of few units */
            const uint32_t base = apart + (17u << 23);
            float x, y, d;
            memcpy(&d, &apart, sizeof d);
            memcpy(&x, base < 0x7f800000 ? &base : &apart, sizeof x);
            x = base < 0x7f800000 ? x : 0;
            y = x + d;
            memcpy(a + i * sizeof x, &x, sizeof x);
            memcpy(b + i * sizeof y, &y, sizeof y);
        }
        compare_levels(a, 1, b, PIECE);
    }
}

/* One that is no number, or nearly, the same on both sides or with the sign turned. */
static void test_one_odd(void **state)
{
    (void)state;
    static const uint32_t odd[] = {0x7fc00000, 0x7f800000, 0x7f810000, 0, 0x3f800000};
    uint8_t *a = room_a.first, *b = room_b.first;
    for (size_t t = 0; t < 4 * sizeof odd / sizeof *odd; t++)
        for (size_t i = 0; i < PIECE; i += 37) {
            const uint32_t p = odd[t / 4] | (uint32_t)(t & 1) << 31;
            const uint32_t q = p ^ (uint32_t)(t & 2) << 30;
            make(&makings[0], a, b, PIECE);
            memcpy(a + i * sizeof p, &p, sizeof p);
            memcpy(b + i * sizeof q, &q, sizeof q);
            compare_levels(a, 1, b, PIECE);
        }
}

/* More units apart than those before, but of less of the value. */
static void test_units_alone(void **state)
{
    (void)state;
    static const struct making small = {1, 8, 1, 0, true};
    uint8_t *a = room_a.first, *b = room_b.first;
    const size_t at = MAX_N / 7 * sizeof(float);
    for (size_t i = 0; i < 3 * N_RULES; i++) {
        make(&small, a, b, MAX_N / 7);
        make(&makings[0], a + at, b + at, MAX_N - MAX_N / 7);
        compare_levels(a, 1, b, MAX_N);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),  cmocka_unit_test(test_unaligned),
        cmocka_unit_test(test_mixtures), cmocka_unit_test(test_powers_of_ten),
        cmocka_unit_test(test_one_odd),  cmocka_unit_test(test_units_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
