/* What the loops over values sum in lanes, as a cell of the exact sum. */
#include "value_state.h"

#include <math.h>

/* The sums of a cell over a fixed number of lanes, in a fixed order: sum + *low. */
static double first_sum(const struct dsi_lane_sums *lanes, double *low)
{
    double sum = 0, rest = 0;
    for (size_t i = 0; i < lanes->n; i++) {
        const double x = lanes->sum[i], all = sum + x, grown = all - sum;
        rest += (sum - (all - grown)) + (x - grown) + lanes->rest[i];
        sum = all;
    }
    *low = rest;
    return sum;
}

/* sum + low - n pivot; two-product and two-sum, as Ogita, Rump and Oishi, "Accurate sum
 * and dot product", 2005. */
static void first_power(struct dsi_cell *cell, double sum, double low, double n)
{
    const double product = n * cell->pivot, error = fma(n, cell->pivot, -product);
    const double difference = sum - product, grown = difference - sum;
    const double lost = (sum - (difference - grown)) - (product + grown);
    const double small = lost + (low - error);
    cell->d1 = difference + small;
    cell->d1_low = small - (cell->d1 - difference);
}

struct dsi_cell dsi_cell_of_lanes(const struct dsi_lane_sums *lanes, double pivot,
                                  uint64_t n, uint64_t n_padding)
{
    struct dsi_cell cell = {.n = n, .pivot = pivot};
    double low, sum = first_sum(lanes, &low);
    first_power(&cell, sum, low, (double)n + (double)n_padding);
    for (size_t i = 0; i < lanes->n; i++) {
        cell.d2 += lanes->square[i];
        cell.d3 += lanes->cube[i];
    }
    return cell;
}
