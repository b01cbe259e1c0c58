#include "company_key.h"

#include "shard.h"

#include <string.h>

static enum dsi_status add_names(struct dsi_bytes *bytes, char *const *names, size_t n,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(bytes, n, err));
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_append_text(bytes, names[i], strlen(names[i]), err));
    return DSI_OK;
}

static enum dsi_status add_call(struct dsi_bytes *bytes,
                                const struct dsi_tool_call *call, struct dsi_error *err)
{
    const struct dsi_common *common = call->common;
    struct dsi_partial_call words = {0};
    enum dsi_status status = dsi_shard_call(call, &words, err);
    if (status == DSI_OK)
        status = add_names(bytes, words.words, words.n_words, err);
    for (size_t i = 0; i < words.n_files && status == DSI_OK; i++)
        status = dsi_bytes_append(bytes, words.files[i].hash,
                                  sizeof words.files[i].hash, err);
    dsi_partial_call_free(&words);
    DSI_TRY(status);
    DSI_TRY(dsi_bytes_append_u64(bytes, common->limit_bytes, err));
    return dsi_bytes_append_u64(bytes, common->limit_pixels, err);
}

static enum dsi_status add_party(const struct dsi_party *party, struct dsi_bytes *bytes,
                                 struct dsi_error *err)
{
    const struct dsi_dataset *dataset = &party->dataset;
    const struct dsi_dataset_options *options = &dataset->options;
    for (size_t i = 0; i < party->n; i++)
        DSI_TRY(add_call(bytes, party->members[i]->scan->call, err));
    DSI_TRY(dsi_bytes_append_u64(bytes, options->need, err));
    const uint64_t flags[] = {options->labels_optional, options->values_beside_labels,
                              options->open.expand_palette};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        DSI_TRY(dsi_bytes_append_u64(bytes, flags[i], err));
    for (size_t g = 0; g < dataset->n_groups; g++) {
        const struct dsi_group *group = &dataset->groups[g];
        DSI_TRY(dsi_bytes_append_text(bytes, group->name, strlen(group->name), err));
        DSI_TRY(add_names(bytes, group->classes, group->n_classes, err));
    }
    return DSI_OK;
}

static enum dsi_status add_key(struct dsi_party *const *parties, size_t n,
                               struct dsi_bytes *bytes, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_text(bytes, DSI_VERSION, strlen(DSI_VERSION), err));
    DSI_TRY(dsi_bytes_append_u64(bytes, DSI_PARTIAL_VERSION, err));
    for (size_t p = 0; p < n; p++)
        DSI_TRY(add_party(parties[p], bytes, err));
    return DSI_OK;
}

enum dsi_status dsi_company_key(struct dsi_party *const *parties, size_t n,
                                uint8_t key[DSI_CACHE_KEY_SIZE], struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    const enum dsi_status status = add_key(parties, n, &bytes, err);
    _Static_assert((int)DSI_CACHE_KEY_SIZE == (int)DSI_PARTIAL_HASH_SIZE, "one hash");
    if (status == DSI_OK)
        dsi_partial_checksum(bytes.data, bytes.n, key);
    dsi_bytes_free(&bytes);
    return status;
}
