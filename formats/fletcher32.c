#include "fletcher32.h"

#ifdef __x86_64__
#include <emmintrin.h>
#endif

/* Words that can be added up before the sum of sums leaves 32 bits: a block starts with
 * a sum of at most 65535 + 360 and a sum of sums below 2^17, for they were folded, and
 * 2^17 + 360 * 65895 + 65535 * 360 * 361 / 2 is below 2^32. */
enum { BLOCK_WORDS = 360 };

static uint32_t fold(uint32_t sum)
{
    return (sum & 0xffff) + (sum >> 16);
}

uint32_t dsi_fletcher32_plain(const uint8_t *data, size_t n)
{
    uint32_t sum = 0, sums = 0;
    size_t n_words = n / 2;

    for (size_t i = 0; i < n_words;) {
        size_t end = n_words - i < BLOCK_WORDS ? n_words : i + BLOCK_WORDS;
        for (; i < end; i++) {
            sum += (uint32_t)data[2 * i] << 8 | data[2 * i + 1];
            sums += sum;
        }
        sum = fold(sum);
        sums = fold(sums);
    }
    if (n % 2) {
        sum = fold(sum + ((uint32_t)data[n - 1] << 8));
        sums = fold(sums + sum);
    }
    return fold(sums) << 16 | fold(sum);
}

uint32_t dsi_fletcher32_of_old(uint32_t sum)
{
    return (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
}

#ifdef __x86_64__

enum {
    MODULUS = 65535,
    LANES = 8,
    MAX_STEPS = 360, /* vectors, before b leaves 32 bits: 65535 * 360 * 361 / 2 */
};

/* Congruent to the true ones modulo 65535, and 0 only where those are. */
struct sums {
    uint64_t sum, sums;
};

/* Modulo 65535 as repeated folding leaves it: 0 only where every word was zero. */
static uint64_t reduce(uint64_t sum)
{
    return sum ? (sum - 1) % MODULUS + 1 : 0;
}

/* Adds n_steps vectors of eight words, which are read as little-endian: swapping the
 * bytes of a word multiplies it by 256 modulo 65535, which the caller makes up for.
 *
 * Lane j adds up the words j, 8 + j, 16 + j, ... into a, and after each the a into b.
 * Of n words word i counts n - i times in the sum of sums; lane j's b counts its kth
 * n_steps - k times, so that 8 b - j a is what the lane contributes. */
static struct sums add_block(struct sums so_far, const uint8_t *data, size_t n_steps)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i a_low = zero, a_high = zero, b_low = zero, b_high = zero;
    uint32_t a[LANES], b[LANES];
    uint64_t sum = 0, sums = 0;

    for (size_t i = 0; i < n_steps; i++) {
        __m128i words = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
        a_low = _mm_add_epi32(a_low, _mm_unpacklo_epi16(words, zero));
        a_high = _mm_add_epi32(a_high, _mm_unpackhi_epi16(words, zero));
        b_low = _mm_add_epi32(b_low, a_low);
        b_high = _mm_add_epi32(b_high, a_high);
    }
    _mm_storeu_si128((__m128i *)(void *)a, a_low);
    _mm_storeu_si128((__m128i *)(void *)(a + 4), a_high);
    _mm_storeu_si128((__m128i *)(void *)b, b_low);
    _mm_storeu_si128((__m128i *)(void *)(b + 4), b_high);
    for (unsigned j = 0; j < LANES; j++) {
        sum += a[j];
        sums += (uint64_t)LANES * b[j] - (uint64_t)j * a[j];
    }
    /* Every word so far counts once more for each word of this block. */
    sums += so_far.sum * (n_steps * LANES);
    return (struct sums){reduce(so_far.sum + sum), reduce(so_far.sums + sums)};
}

uint32_t dsi_fletcher32(const uint8_t *data, size_t n)
{
    struct sums s = {0, 0};
    size_t n_vectors = n / 16;

    for (size_t i = 0; i < n_vectors; i += MAX_STEPS) {
        size_t k = n_vectors - i < MAX_STEPS ? n_vectors - i : MAX_STEPS;
        s = add_block(s, data + 16 * i, k);
    }
    uint64_t sum = reduce(s.sum * 256), sums = reduce(s.sums * 256);
    for (size_t at = 16 * n_vectors; at < n; at += 2) {
        sum += (uint64_t)data[at] << 8 | (at + 1 < n ? data[at + 1] : 0u);
        sums += sum;
    }
    return (uint32_t)(reduce(sums) << 16 | reduce(sum));
}

#else

uint32_t dsi_fletcher32(const uint8_t *data, size_t n)
{
    return dsi_fletcher32_plain(data, n);
}

#endif
