/* Status codes and the error a failing function fills in.
 *
 * Every fallible function returns an enum dsi_status and takes a struct dsi_error that
 * the caller owns. The status says what kind of failure it was (and names the finding's
 * rule when a sample cannot be read); the message gives the reason and, where it helps,
 * what to do about it. The message never names the file: whoever prints it knows the
 * file. */
#ifndef DSI_STATUS_H
#define DSI_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dsi_status {
    DSI_OK = 0,

    /* The caller */
    DSI_ERR_USAGE = 10,  /* an argument that cannot be what was meant */
    DSI_ERR_INTERRUPTED, /* the scan was asked to stop */

    /* The machine */
    DSI_ERR_MEMORY = 20,
    DSI_ERR_OPEN, /* missing, no permission, not a regular file */
    DSI_ERR_READ,
    DSI_ERR_WRITE,
    DSI_ERR_PIPE, /* whoever reads our output has gone: not a fault, stop quietly */

    /* The data: as a sample these are findings, as an input they are trouble */
    DSI_ERR_UNKNOWN_FORMAT = 40, /* no reader recognises the content */
    DSI_ERR_MALFORMED,           /* breaks the rules of its format */
    DSI_ERR_TRUNCATED,           /* ends before its header says it does */
    DSI_ERR_CRC,                 /* a checksum does not match */
    DSI_ERR_UNSUPPORTED,         /* sound, but of a kind not read here */
    DSI_ERR_REFUSED, /* could be read only by running code or leaving the file */
    DSI_ERR_LIMIT,   /* larger than a limit the user can raise */
};

enum { DSI_ERROR_MESSAGE_SIZE = 1024 };

struct dsi_error {
    enum dsi_status status;
    char message[DSI_ERROR_MESSAGE_SIZE]; /* UTF-8 or raw bytes of names; escape to
                                             print */
};

#define DSI_CHECKED             __attribute__((warn_unused_result))
#define DSI_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Fills err (which may be NULL) and returns status, so that a failing function can end
 * with `return dsi_fail(err, DSI_ERR_..., "...")`. Over-long messages are cut. */
enum dsi_status dsi_fail(struct dsi_error *err, enum dsi_status status,
                         const char *format, ...) DSI_PRINTF(3, 4);

/* As dsi_fail with DSI_ERR_MEMORY and the number of bytes that could not be had. */
enum dsi_status dsi_fail_memory(struct dsi_error *err, uint64_t n_bytes);

/* As dsi_fail for what could not be opened, and errno says why: DSI_ERR_OPEN, or
 * DSI_ERR_MEMORY where the machine has run out of something, which is no fault of the
 * file's. */
enum dsi_status dsi_fail_open(struct dsi_error *err, int reason);

/* The code's short name, which is also the rule of the finding it becomes:
 * "truncated", "crc", "unreadable", ... Static storage. */
const char *dsi_status_rule(enum dsi_status status);

/* True for the codes that say something about the data rather than about the machine.
 */
bool dsi_status_is_data(enum dsi_status status);

/* Whether a rule is that of bad data of some kind. */
bool dsi_rule_is_data(const char *rule);

/* Returns from the calling function when expression is not DSI_OK. */
#define DSI_TRY(expression)                             \
    do {                                                \
        enum dsi_status dsi_try_status_ = (expression); \
        if (dsi_try_status_ != DSI_OK)                  \
            return dsi_try_status_;                     \
    } while (0)

/* Products and sums of sizes that came out of a file. False when the result overflows.
 */
static inline DSI_CHECKED bool dsi_mul(uint64_t a, uint64_t b, uint64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

static inline DSI_CHECKED bool dsi_add(uint64_t a, uint64_t b, uint64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}
#endif
