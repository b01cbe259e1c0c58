#include "scan.h"

#include <stdlib.h>

enum dsi_status dsi_plan_make(struct dsi_plan *plan, const struct dsi_dataset *dataset,
                              unsigned need, struct dsi_error *err)
{
    *plan = (struct dsi_plan){.dataset = dataset, .need = need};
    plan->first_block =
        dsi_alloc_array((uint64_t)dataset->n_parts + 1, sizeof(uint64_t));
    if (!plan->first_block)
        return dsi_fail_memory(err, (dataset->n_parts + 1) * sizeof(uint64_t));
    for (size_t p = 0; p < dataset->n_parts; p++) {
        const struct dsi_part *part = &dataset->parts[p];
        plan->first_block[p] = plan->n_blocks;
        plan->n_blocks += part->layout->n_blocks(part, need);
    }
    plan->first_block[dataset->n_parts] = plan->n_blocks;
    return DSI_OK;
}

void dsi_plan_free(struct dsi_plan *plan)
{
    free(plan->first_block);
    *plan = (struct dsi_plan){0};
}

/* n * i / of without overflow, for i and of below 2^32. */
static uint64_t share(uint64_t n, uint64_t i, uint64_t of)
{
    return n / of * i + n % of * i / of;
}

void dsi_plan_shard(const struct dsi_plan *plan, struct dsi_shard shard,
                    uint64_t *first, uint64_t *end)
{
    *first = shard.n ? share(plan->n_blocks, shard.index, shard.n) : 0;
    *end = shard.n ? share(plan->n_blocks, shard.index + 1, shard.n) : plan->n_blocks;
}

/* The part that block `number` belongs to. */
static size_t part_of(const struct dsi_plan *plan, uint64_t number)
{
    size_t low = 0, high = plan->dataset->n_parts;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (plan->first_block[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t dsi_plan_block_of(const struct dsi_plan *plan, size_t group, uint64_t sample)
{
    const size_t p = dsi_dataset_part_of(plan->dataset, group);
    const struct dsi_part *part = p == SIZE_MAX ? NULL : &plan->dataset->parts[p];
    if (!part || !part->layout->block_of)
        return UINT64_MAX;
    const uint64_t number = part->layout->block_of(part, plan->need, sample);
    const uint64_t n = plan->first_block[p + 1] - plan->first_block[p];
    return number < n ? plan->first_block[p] + number : UINT64_MAX;
}

enum dsi_status dsi_plan_load(const struct dsi_plan *plan, uint64_t number,
                              struct dsi_loader *loader, struct dsi_block *block,
                              struct dsi_error *err)
{
    size_t p = part_of(plan, number);
    const struct dsi_part *part = &plan->dataset->parts[p];
    *block = (struct dsi_block){.part = p, .group = part->group};
    return part->layout->load(part, plan->need, number - plan->first_block[p], loader,
                              block, err);
}
