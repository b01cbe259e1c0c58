/* Sums of float32 with AVX2, which is wanted where memory is read as fast as it gives.
 */
#include "metric_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2   __attribute__((target("avx2,fma")))
#define INLINE AVX2 static inline __attribute__((always_inline))

enum { LANES = DSI_METRIC_LANES, HALF = LANES / 2 };

INLINE __m256d wide_at(const void *values, size_t i)
{
    return _mm256_cvtps_pd(_mm_loadu_ps((const void *)((const char *)values + 4 * i)));
}

INLINE void store_wide(double lanes[LANES], __m256 x)
{
    _mm256_storeu_pd(lanes, _mm256_cvtps_pd(_mm256_castps256_ps128(x)));
    _mm256_storeu_pd(lanes + HALF, _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
}

/* Half of the lanes. */
struct sums {
    __m256d aa, bb, ab, dd;
};

INLINE struct sums load(const struct dsi_metric_lanes *lanes, size_t k)
{
    return (struct sums){_mm256_loadu_pd(lanes->aa + k), _mm256_loadu_pd(lanes->bb + k),
                         _mm256_loadu_pd(lanes->ab + k),
                         _mm256_loadu_pd(lanes->dd + k)};
}

INLINE void store(struct dsi_metric_lanes *lanes, size_t k, struct sums sums)
{
    _mm256_storeu_pd(lanes->aa + k, sums.aa);
    _mm256_storeu_pd(lanes->bb + k, sums.bb);
    _mm256_storeu_pd(lanes->ab + k, sums.ab);
    _mm256_storeu_pd(lanes->dd + k, sums.dd);
}

/* A double holds the product of two floats, and so that is not rounded either way; the
 * square of a difference is. */
INLINE void add(struct sums *sums, __m256d x, __m256d y)
{
    const __m256d d = _mm256_sub_pd(x, y);
    sums->aa = _mm256_fmadd_pd(x, x, sums->aa);
    sums->bb = _mm256_fmadd_pd(y, y, sums->bb);
    sums->ab = _mm256_fmadd_pd(x, y, sums->ab);
    sums->dd = _mm256_add_pd(sums->dd, _mm256_mul_pd(d, d));
}

AVX2 static void add_avx2(struct dsi_metric_lanes *lanes, const void *a, const void *b,
                          size_t n)
{
    struct sums first = load(lanes, 0), second = load(lanes, HALF);
    __m256 low = _mm256_set1_ps((float)lanes->low[0]), high = low;
    for (size_t i = 0; i < n; i += LANES) {
        const __m256 y = _mm256_loadu_ps((const void *)((const char *)b + 4 * i));
        low = _mm256_min_ps(y, low);
        high = _mm256_max_ps(y, high);
        add(&first, wide_at(a, i), wide_at(b, i));
        add(&second, wide_at(a, i + HALF), wide_at(b, i + HALF));
    }
    store(lanes, 0, first);
    store(lanes, HALF, second);
    store_wide(lanes->low, low);
    store_wide(lanes->high, high);
}
#endif

bool dsi_metric_floats_add(struct dsi_metric_lanes *lanes, enum dsi_cpu_level level,
                           const void *a, const void *b, size_t n)
{
#if defined(__x86_64__)
    if (level != DSI_CPU_PORTABLE) {
        add_avx2(lanes, a, b, n);
        return true;
    }
#else
    (void)lanes, (void)a, (void)b, (void)n;
#endif
    (void)level;
    return false;
}
