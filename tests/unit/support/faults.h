/* Faults on demand: every unit test is linked with wrappers around malloc, calloc,
 * realloc, readdir and pread (-Wl,--wrap), which pass calls through until told
 * otherwise. Only calls from our own code are seen, not those from within libraries.
 *
 * Settings are of the whole process and count calls from all its threads; set them
 * while one thread runs. */
#ifndef DSI_FAULTS_H
#define DSI_FAULTS_H

#include <stdint.h>

/* Back to passing everything through, and counts from 0. */
void faults_reset(void);

/* The nth allocation from now on fails, the first being 1; those after it do not. */
void faults_fail_allocation(uint64_t nth);
uint64_t faults_n_allocations(void); /* since the last reset or setting */

enum fault_of_read {
    READ_EIO,   /* fails with EIO */
    READ_EINTR, /* fails with EINTR: a signal came by */
    READ_SHORT, /* gives one byte of many */
    READ_END,   /* gives nothing, as a file that was cut meanwhile */
};

/* What the nth pread from now on does; those after it succeed, but for READ_END, which
 * stays. */
void faults_fail_read(enum fault_of_read how, uint64_t nth);
uint64_t faults_n_reads(void);

/* Folders are listed in an order drawn from seed, one folder at a time. */
void faults_shuffle_folders(uint64_t seed);

/* Folders are listed without file types, as some file systems do. */
void faults_hide_file_types(void);

#endif
