/* How many samples each class has: a map from label to count and first index.
 *
 * A commutative monoid: add and merge in any order and grouping give the same table,
 * exactly. Counters are uint64_t. One owner, no threads. Integers from 0 to 65,535 are
 * counted in dense arrays, everything else in a hash map. */
#ifndef DSI_CLASS_TABLE_H
#define DSI_CLASS_TABLE_H

#include "bytes.h"
#include "dtype.h"

enum dsi_label_kind {
    DSI_LABEL_BOOL,
    DSI_LABEL_INT,   /* every integer that fits int64_t */
    DSI_LABEL_UINT,  /* integers above INT64_MAX */
    DSI_LABEL_FLOAT, /* -0 counts as 0, every NaN as one NaN */
    DSI_LABEL_TEXT,  /* bytes: S without its trailing NULs, U as UTF-8 */
};

struct dsi_label {
    enum dsi_label_kind kind;
    union {
        int64_t integer; /* also BOOL: 0 or 1 */
        uint64_t natural;
        double real;
        struct {
            const char *bytes;
            size_t n;
        } text;
    } as;
};

struct dsi_class_count {
    struct dsi_label label; /* text borrowed from the table */
    uint64_t count;
    uint64_t first; /* the smallest sample index it was seen at */
};

enum {
    DSI_CLASS_MAX_TEXT = 64 << 10,  /* bytes of one label */
    DSI_CLASS_MAX_TEXTS = 64 << 20, /* of all different labels of one table */
};

struct dsi_class_table;

/* max_classes bounds memory: one more different label, or more text than the limits
 * above, is DSI_ERR_LIMIT with a message that asks whether these are labels at all.
 * NULL when memory is out. An empty table is about 130 bytes; 50 to 100 bytes a class
 * come on top, and up to 1.25 MB for arrays of integers below 65,536. A table that add,
 * merge or load failed on has counted a part: it can be read and freed, but is no
 * longer the sum of anything. */
struct dsi_class_table *dsi_class_table_new(uint64_t max_classes);
void dsi_class_table_free(struct dsi_class_table *table); /* NULL is fine */

/* Counts n values of dtype, aligned to their type, in the machine's byte order; the
 * first is sample number first. Calls in any order of samples give the same table;
 * ascending order is the fast one. Every dtype but void, complex, datetime and
 * timedelta, which are DSI_ERR_UNSUPPORTED. */
DSI_CHECKED enum dsi_status dsi_class_table_add(struct dsi_class_table *table,
                                                struct dsi_dtype dtype,
                                                const void *values, uint64_t n,
                                                uint64_t first, struct dsi_error *err);

/* Counts n samples of one class, the first of them sample number first. n may be 0: a
 * class that exists and has no samples (its first is then UINT64_MAX). */
DSI_CHECKED enum dsi_status dsi_class_table_add_label(struct dsi_class_table *table,
                                                      struct dsi_label label,
                                                      uint64_t n, uint64_t first,
                                                      struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_class_table_merge(struct dsi_class_table *into,
                                                  const struct dsi_class_table *from,
                                                  struct dsi_error *err);

/* Canonical bytes: equal tables save equal bytes. load fills a fresh table, and takes
 * nothing that save would not have written (DSI_ERR_MALFORMED). */
DSI_CHECKED enum dsi_status dsi_class_table_save(const struct dsi_class_table *table,
                                                 struct dsi_bytes *out,
                                                 struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_class_table_load(struct dsi_class_table *table,
                                                 struct dsi_bytes_reader *in,
                                                 struct dsi_error *err);

uint64_t dsi_class_table_n(const struct dsi_class_table *table);
uint64_t dsi_class_table_n_samples(const struct dsi_class_table *table); /* of all */

/* The classes in NumPy's order of np.unique: numbers ascending with NaN last, text
 * bytewise. *classes has dsi_class_table_n entries, is the caller's to free, and its
 * texts live as long as the table is not changed. */
DSI_CHECKED enum dsi_status dsi_class_table_sorted(const struct dsi_class_table *table,
                                                   struct dsi_class_count **classes,
                                                   struct dsi_error *err);

/* -1, 0, 1 in the order above, numbers before text. Numbers of different kinds compare
 * by their exact value and, where that is equal, by kind: the integer 1 and the float 1
 * are two classes. 0 means the same class. */
int dsi_label_compare(struct dsi_label a, struct dsi_label b);

/* The class that one value of dtype (as add takes them) belongs to. Its text is
 * borrowed from the value, or for U from scratch, which is overwritten. A U is written
 * as UTF-8, with UTF-8's pattern carried on to surrogates (WTF-8) and to all 32 bits,
 * so that values that differ stay different, and in order, whatever they hold. */
DSI_CHECKED enum dsi_status
dsi_label_of_value(struct dsi_dtype dtype, const void *value, struct dsi_bytes *scratch,
                   struct dsi_label *label, struct dsi_error *err);

/* The class's name as people read it: "False", "7", "0.5", "nan", the text. Appends. */
DSI_CHECKED enum dsi_status
dsi_label_name(struct dsi_label label, struct dsi_bytes *out, struct dsi_error *err);

/* When every label is text that spells an integer canonically ("-3", "0", "12", no
 * plus, no leading zero, within int64), turns them into DSI_LABEL_INT, sorts again, and
 * says true: a CSV's labels then come in the order of the same labels in an npy. */
bool dsi_labels_as_integers(struct dsi_class_count *classes, uint64_t n);

#endif
