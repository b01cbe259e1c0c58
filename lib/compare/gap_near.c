/* Histograms of float32 that are few units in the last place apart, with AVX2.
 *
 * Such values' distances need few bits: units fit a byte, and of |a - b|, which is so
 * many units of the smaller, the lower half of its float is 0. So 32 or 16 are counted
 * at once. What is not so is told by all values together, once a piece. */
#include "gap_near.h"

#include "half_round.h"

#if defined(__x86_64__)
#include <float.h>
#include <immintrin.h>

#define AVX2   __attribute__((target("avx2,fma")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum {
    LANES = 8,
    ROW = 4 * LANES, /* of which the units fill a vector */
    AT_ONCE = DSI_GAP_NEAR_AT_ONCE,
    MOST_UNITS = INT8_MAX,
    INFINITE = 0x7f80, /* the upper half of infinity; NaN is above */
};

struct piece {
    uint16_t aparts[DSI_GAP_PIECE]; /* upper halves of |a - b| */
    uint8_t units[DSI_GAP_PIECE];
    unsigned max_apart, max_units;
};

/* --- distances -------------------------------------------------------------------- */

struct most {
    __m256i units; /* the largest of each lane */
    __m256i bits;  /* of |a - b|: all that are set in any */
    __m256i apart; /* the largest upper half */
    __m256 below;  /* of what rel |b| is more than |a - b|, with the signs of all */
};

INLINE __m256 size_of(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

/* |a - b|; and units, of numbers of one sign. Where signs differ these are more than
 * 2^23 or no number is finite; of 0 and -0, too. What |a - b| / |b| comes to is above
 * rel only where |a - b| is above rel |b|: the sign is that of the exact difference. */
INLINE __m256i distance(const char *a, const char *b, __m256 rel, __m256i *units,
                        struct most *most)
{
    const __m256 x = _mm256_loadu_ps((const void *)a);
    const __m256 y = _mm256_loadu_ps((const void *)b);
    const __m256 apart = size_of(_mm256_sub_ps(x, y));
    *units = _mm256_abs_epi32(
        _mm256_sub_epi32(_mm256_castps_si256(x), _mm256_castps_si256(y)));
    most->units = _mm256_max_epu32(most->units, *units);
    most->bits = _mm256_or_si256(most->bits, _mm256_castps_si256(apart));
    most->below = _mm256_or_ps(most->below, _mm256_fmsub_ps(rel, size_of(y), apart));
    return _mm256_castps_si256(apart);
}

/* Upper halves of both, in any order. */
INLINE void keep_halves(__m256i x, __m256i y, uint16_t *to, struct most *most)
{
    enum { ODD = 0xaa };
    const __m256i halves = _mm256_blend_epi16(_mm256_srli_epi32(x, 16), y, ODD);
    most->apart = _mm256_max_epu16(most->apart, halves);
    _mm256_storeu_si256((void *)to, halves);
}

INLINE void keep_row(struct piece *piece, const char *a, const char *b, size_t i,
                     __m256 rel, struct most *most)
{
    enum { STEP = LANES * sizeof(float) };
    __m256i p, q, r, s; /* units */
    const __m256i first = distance(a, b, rel, &p, most);
    const __m256i second = distance(a + STEP, b + STEP, rel, &q, most);
    const __m256i third = distance(a + 2 * STEP, b + 2 * STEP, rel, &r, most);
    const __m256i fourth = distance(a + 3 * STEP, b + 3 * STEP, rel, &s, most);
    keep_halves(first, second, piece->aparts + i, most);
    keep_halves(third, fourth, piece->aparts + i + 2 * LANES, most);
    _mm256_storeu_si256(
        (void *)(piece->units + i),
        _mm256_packus_epi16(_mm256_packus_epi32(p, q), _mm256_packus_epi32(r, s)));
}

/* Of unsigned halves; the instruction finds the smallest. */
INLINE unsigned largest_half(__m256i x)
{
    const __m128i all = _mm_set1_epi32(-1);
    const __m128i most =
        _mm_max_epu16(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    const __m128i least = _mm_minpos_epu16(_mm_xor_si128(most, all));
    return (unsigned)_mm_cvtsi128_si32(least) % 0x10000 ^ 0xffff;
}

/* Whether they are near. */
AVX2 static bool fill(struct piece *piece, const char *a, const char *b,
                      struct dsi_gap_near_ends *ends)
{
    /* Infinity times 0 is no number. */
    const __m256 rel = _mm256_set1_ps(ends->rel < FLT_MAX ? ends->rel : FLT_MAX);
    const __m256i none = _mm256_setzero_si256();
    struct most most = {none, none, none, _mm256_setzero_ps()};
    for (size_t i = 0; i < DSI_GAP_PIECE; i += ROW)
        keep_row(piece, a + i * sizeof(float), b + i * sizeof(float), i, rel, &most);
    if (!_mm256_testz_si256(most.units, _mm256_set1_epi32(~MOST_UNITS)) ||
        !_mm256_testz_si256(most.bits, _mm256_set1_epi32(UINT16_MAX)))
        return false;
    piece->max_units = largest_half(most.units);
    piece->max_apart = largest_half(most.apart);
    ends->may_raise = _mm256_movemask_ps(most.below);
    ends->max_ulp = piece->max_units;
    ends->max_abs = (double)dsi_bits_float(piece->max_apart << 16);
    return piece->max_apart < INFINITE;
}

/* --- how many --------------------------------------------------------------------- */

/* Of four vectors of 16 bits. */
INLINE void total(__m256i p, __m256i q, __m256i r, __m256i s, uint32_t n[AT_ONCE])
{
    const __m256i one = _mm256_set1_epi16(1);
    const __m256i pq =
        _mm256_hadd_epi32(_mm256_madd_epi16(p, one), _mm256_madd_epi16(q, one));
    const __m256i rs =
        _mm256_hadd_epi32(_mm256_madd_epi16(r, one), _mm256_madd_epi16(s, one));
    const __m256i both = _mm256_hadd_epi32(pq, rs);
    _mm_storeu_si128((void *)n, _mm_add_epi32(_mm256_castsi256_si128(both),
                                              _mm256_extracti128_si256(both, 1)));
}

/* How many are above each of the bounds. Masks are -1. */
AVX2 static void count_aparts(const struct piece *piece, const int16_t *above,
                              uint32_t n[AT_ONCE])
{
    const __m256i p = _mm256_set1_epi16(above[0]), q = _mm256_set1_epi16(above[1]),
                  r = _mm256_set1_epi16(above[2]), s = _mm256_set1_epi16(above[3]);
    __m256i n_p = _mm256_setzero_si256(), n_q = n_p, n_r = n_p, n_s = n_p;
    for (size_t i = 0; i < DSI_GAP_PIECE; i += 2 * LANES) {
        const __m256i x = _mm256_loadu_si256((const void *)(piece->aparts + i));
        n_p = _mm256_sub_epi16(n_p, _mm256_cmpgt_epi16(x, p));
        n_q = _mm256_sub_epi16(n_q, _mm256_cmpgt_epi16(x, q));
        n_r = _mm256_sub_epi16(n_r, _mm256_cmpgt_epi16(x, r));
        n_s = _mm256_sub_epi16(n_s, _mm256_cmpgt_epi16(x, s));
    }
    total(n_p, n_q, n_r, n_s, n);
}

INLINE __m256i below_power(unsigned power)
{
    return _mm256_set1_epi8((char)((1u << power) - 1));
}

INLINE __m256i pairs(__m256i counts)
{
    return _mm256_maddubs_epi16(counts, _mm256_set1_epi8(1));
}

/* How many reach 2^from, and the powers after it. */
AVX2 static void count_units(const struct piece *piece, unsigned from,
                             uint32_t n[AT_ONCE])
{
    const __m256i p = below_power(from), q = below_power(from + 1),
                  r = below_power(from + 2), s = below_power(from + 3);
    __m256i n_p = _mm256_setzero_si256(), n_q = n_p, n_r = n_p, n_s = n_p;
    for (size_t i = 0; i < DSI_GAP_PIECE; i += ROW) {
        const __m256i x = _mm256_loadu_si256((const void *)(piece->units + i));
        n_p = _mm256_sub_epi8(n_p, _mm256_cmpgt_epi8(x, p));
        n_q = _mm256_sub_epi8(n_q, _mm256_cmpgt_epi8(x, q));
        n_r = _mm256_sub_epi8(n_r, _mm256_cmpgt_epi8(x, r));
        n_s = _mm256_sub_epi8(n_s, _mm256_cmpgt_epi8(x, s));
    }
    total(pairs(n_p), pairs(n_q), pairs(n_r), pairs(n_s), n);
}
_Static_assert(DSI_GAP_PIECE / ROW <= INT8_MAX, "a lane counts in a byte");

/* --- histograms ------------------------------------------------------------------- */

/* Returns how many are apart at all. */
static size_t add_units(struct dsi_gaps *gaps, const struct piece *piece)
{
    uint32_t n[2 * AT_ONCE + 1] = {0};
    count_units(piece, 0, n);
    if (piece->max_units >> AT_ONCE)
        count_units(piece, AT_ONCE, n + AT_ONCE);
    for (size_t k = 0; k < 2 * AT_ONCE; k++)
        gaps->binades[k] += n[k] - n[k + 1];
    gaps->n_same_bits += DSI_GAP_PIECE - n[0];
    return n[0];
}

/* The place of the bound of a power of ten that is not below the one reached: 2^e is
 * about 10^(e * 77 / 256). */
static int decade_above(unsigned apart)
{
    enum { POWER = 7, SHIFT = 8, ABOVE = 37 };
    return AT_ONCE - DSI_GAP_NEAR_LEAST - ABOVE + (int)((apart >> POWER) * 77 >> SHIFT);
}

/* From the farthest on, until all n are counted that are apart. */
static void add_aparts(struct dsi_gaps *gaps, const struct piece *piece,
                       const struct dsi_gap_near_bounds *bounds, size_t n)
{
    int at = decade_above(piece->max_apart);
    gaps->n_equal += DSI_GAP_PIECE - n;
    while ((int)piece->max_apart <= bounds->above[at])
        at--;
    uint64_t *decade = gaps->decades + (DSI_GAP_NEAR_LEAST - DSI_GAP_LEAST - AT_ONCE);
    for (size_t n_above = 0; n_above < n; at -= AT_ONCE) {
        uint32_t counts[AT_ONCE];
        count_aparts(piece, bounds->above + at - (AT_ONCE - 1), counts);
        for (int k = 0; k < AT_ONCE; k++) {
            const size_t n_up = counts[AT_ONCE - 1 - k];
            decade[at - k] += n_up - n_above;
            n_above = n_up;
        }
    }
}
#endif

void dsi_gap_near_begin(struct dsi_gap_near_bounds *bounds,
                        double (*power_of_ten)(int k))
{
    int16_t *above = bounds->above + DSI_GAP_NEAR_AT_ONCE;
    *bounds = (struct dsi_gap_near_bounds){.above = {0}};
    for (int i = 0; i < DSI_GAP_NEAR_DECADES; i++) {
        const double power = power_of_ten(DSI_GAP_NEAR_LEAST + i);
        const float near = (float)power;
        const uint32_t bits = dsi_float_bits(near) - !((double)near < power);
        above[i] = (int16_t)(bits >> 16);
    }
    above[DSI_GAP_NEAR_DECADES] = INT16_MAX;
}

bool dsi_gap_near_add(struct dsi_gaps *gaps, const struct dsi_gap_near_bounds *bounds,
                      enum dsi_cpu_level level, const char *a, const char *b,
                      struct dsi_gap_near_ends *ends)
{
#if defined(__x86_64__)
    struct piece piece;
    if (level == DSI_CPU_PORTABLE || !fill(&piece, a, b, ends))
        return false;
    const size_t n = piece.max_units ? add_units(gaps, &piece) : 0;
    if (n) {
        add_aparts(gaps, &piece, bounds, n);
    } else {
        gaps->n_equal += DSI_GAP_PIECE;
        gaps->n_same_bits += DSI_GAP_PIECE;
    }
    return true;
#else
    (void)gaps, (void)bounds, (void)level, (void)a, (void)b, (void)ends;
    return false;
#endif
}
