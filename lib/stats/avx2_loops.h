/* Functions whose loops in plain C become vectors of AVX2. */
#ifndef DSI_AVX2_LOOPS_H
#define DSI_AVX2_LOOPS_H

#if defined(__x86_64__)
#if defined(__clang__)
#define DSI_AVX2_LOOPS __attribute__((target("avx2")))
#else /* gcc leaves many loops as they are at -O2 */
#define DSI_AVX2_LOOPS __attribute__((optimize("O3"), target("avx2")))
#endif
#endif

#endif
