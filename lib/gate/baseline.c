#include "baseline.h"

#include "report_view.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* --- values -------------------------------------------------------------------------
 */

static enum dsi_status add_hex(struct dsi_bytes *to, const char *before, uint64_t value,
                               int n_digits, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append(to, before, strlen(before), err));
    for (int shift = 4 * (n_digits - 1); shift >= 0; shift -= 4)
        DSI_TRY(dsi_bytes_append(to, &"0123456789abcdef"[value >> shift & 15], 1, err));
    return DSI_OK;
}

/* %NN stands for a byte that is no UTF-8, or that JSON or a terminal would make
 * something else of. */
static enum dsi_status add_escaped(struct dsi_bytes *to, const char *name,
                                   struct dsi_error *err)
{
    size_t n = strlen(name);
    while (n) {
        uint32_t code = 0;
        size_t length = dsi_utf8_decode(name, n, &code);
        if (length && !dsi_code_is_unsafe(code) && code != '\\' && code != '%') {
            DSI_TRY(dsi_bytes_append(to, name, length, err));
        } else {
            length = 1;
            DSI_TRY(add_hex(to, "%", (unsigned char)*name, 2, err));
        }
        name += length;
        n -= length;
    }
    return DSI_OK;
}

/* A key of YAML has 1,024 characters at most, and JSON writes a quote as two: of a long
 * name, which is one with a path in it, the end is told by its hash. */
enum { MOST_OF_NAME = 480 };

static enum dsi_status shorten(struct dsi_bytes *name, struct dsi_error *err)
{
    if (name->n <= MOST_OF_NAME)
        return DSI_OK;
    const uint64_t hash = XXH3_64bits(name->data, name->n);
    name->n = MOST_OF_NAME;
    while ((name->data[name->n] & 0xc0) == 0x80) /* whole characters */
        name->n--;
    return add_hex(name, "%#", hash, 16, err);
}

/* A name as the file has it, where it reads back the same. */
enum dsi_status dsi_baseline_name(const char *name, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    out->n = 0;
    DSI_TRY(add_escaped(out, name, err));
    DSI_TRY(shorten(out, err));
    return dsi_bytes_append(out, "", 1, err);
}

enum dsi_status dsi_baseline_add_read(struct dsi_baseline *baseline, const char *name,
                                      const struct dsi_value *value,
                                      struct dsi_error *err)
{
    char number[DSI_NUMBER_SIZE];
    struct dsi_baseline_value *values = dsi_grow_array(
        baseline->values, baseline->n, &baseline->capacity, sizeof *values);
    if (!values)
        return dsi_fail_memory(err, sizeof *values);
    baseline->values = values;
    const char *text = number;
    if (value->type == DSI_VALUE_TEXT)
        text = value->as.text.bytes;
    else
        dsi_format_value(value, number);
    struct dsi_baseline_value *added = &values[baseline->n];
    *added = (struct dsi_baseline_value){.name = dsi_text_copy(name, strlen(name)),
                                         .text = dsi_text_copy(text, strlen(text))};
    added->is_number = dsi_value_number(value, &added->number);
    added->is_null = value->type == DSI_VALUE_NULL;
    baseline->n++;
    return added->name && added->text ? DSI_OK : dsi_fail_memory(err, strlen(name));
}

enum dsi_status dsi_baseline_add(struct dsi_baseline *baseline, const char *name,
                                 const struct dsi_value *value, struct dsi_error *err)
{
    struct dsi_bytes canonical = {0};
    enum dsi_status status = dsi_baseline_name(name, &canonical, err);
    if (status == DSI_OK)
        status =
            dsi_baseline_add_read(baseline, (const char *)canonical.data, value, err);
    dsi_bytes_free(&canonical);
    return status;
}

static int compare_names(const void *left, const void *right)
{
    const struct dsi_baseline_value *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static int compare_values(const void *left, const void *right)
{
    const struct dsi_baseline_value *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->text, b->text);
}

static void free_value(struct dsi_baseline_value *value)
{
    free(value->name);
    free(value->text);
}

/* Two checks may ask of one metric, which has one value. */
static void sort_values(struct dsi_baseline *baseline)
{
    struct dsi_baseline_value *values = baseline->values;
    size_t n = 0;
    if (baseline->n)
        qsort(values, baseline->n, sizeof *values, compare_values);
    for (size_t i = 0; i < baseline->n; i++) {
        if (n == 0 || strcmp(values[n - 1].name, values[i].name) != 0)
            values[n++] = values[i];
        else
            free_value(&values[i]);
    }
    baseline->n = n;
}

const struct dsi_baseline_value *
dsi_baseline_find_read(const struct dsi_baseline *baseline, const char *name)
{
    const struct dsi_baseline_value key = {.name = (char *)name};
    return baseline->n
               ? bsearch(&key, baseline->values, baseline->n, sizeof key, compare_names)
               : NULL;
}

const struct dsi_baseline_value *dsi_baseline_find(const struct dsi_baseline *baseline,
                                                   const char *name)
{
    struct dsi_bytes canonical = {0};
    const struct dsi_baseline_value *found = NULL;
    if (dsi_baseline_name(name, &canonical, NULL) == DSI_OK)
        found = dsi_baseline_find_read(baseline, (const char *)canonical.data);
    dsi_bytes_free(&canonical);
    return found;
}

/* --- findings -----------------------------------------------------------------------
 */

enum dsi_status dsi_known_findings_add(struct dsi_known_findings *known, uint64_t id,
                                       struct dsi_error *err)
{
    uint64_t *ids = dsi_grow_array(known->ids, known->n, &known->capacity, sizeof *ids);
    if (!ids)
        return dsi_fail_memory(err, sizeof *ids);
    known->ids = ids;
    ids[known->n++] = id;
    return DSI_OK;
}

enum dsi_status dsi_baseline_add_finding(struct dsi_baseline *baseline,
                                         const struct dsi_finding *finding,
                                         struct dsi_error *err)
{
    return dsi_known_findings_add(&baseline->findings, dsi_finding_id(finding), err);
}

static int compare_ids(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

bool dsi_finding_is_known(const struct dsi_known_findings *known,
                          const struct dsi_finding *finding)
{
    if (!known || !known->n)
        return false;
    const uint64_t id = dsi_finding_id(finding);
    return bsearch(&id, known->ids, known->n, sizeof id, compare_ids) != NULL;
}

void dsi_baseline_sort(struct dsi_baseline *baseline)
{
    struct dsi_known_findings *known = &baseline->findings;
    size_t n = 0;
    sort_values(baseline);
    if (known->n)
        qsort(known->ids, known->n, sizeof *known->ids, compare_ids);
    for (size_t i = 0; i < known->n; i++)
        if (n == 0 || known->ids[n - 1] != known->ids[i])
            known->ids[n++] = known->ids[i];
    known->n = n;
}

void dsi_baseline_free(struct dsi_baseline *baseline)
{
    for (size_t i = 0; i < baseline->n; i++)
        free_value(&baseline->values[i]);
    free(baseline->values);
    free(baseline->findings.ids);
    *baseline = (struct dsi_baseline){0};
}
