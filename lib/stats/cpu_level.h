/* Which vector instructions the kernels may use.
 *
 * The environment variable DSINSPECT_CPU=portable|avx2|avx512 asks for a lower level
 * than the machine has, for tests and measurements: results are the same at every
 * level. What the machine has not, or no level's name, changes nothing. Any thread. */
#ifndef DSI_CPU_LEVEL_H
#define DSI_CPU_LEVEL_H

enum dsi_cpu_level {
    DSI_CPU_PORTABLE,
    DSI_CPU_AVX2,   /* with F16C and FMA */
    DSI_CPU_AVX512, /* F, BW, DQ, VL */
};

enum dsi_cpu_level dsi_cpu_level(void);

#endif
