#!/bin/sh
# One scan on many nodes, then one report:
#
#     array=$(sbatch --parsable slurm.sh)
#     sbatch --dependency=afterok:$array --wrap \
#         'dsinspect merge -q --fail-on=error -o dups.json parts/p.*'
#
# A shard exits with 0, or with 2 (trouble), and then the merge does not begin: submit
# that task again with --array=7 --export=ALL,SHARDS=16. The merge exits as one run does,
# with 1 where --fail-on finds something.
#SBATCH --job-name=dsinspect
#SBATCH --array=1-16
#SBATCH --cpus-per-task=8
set -eu
mkdir -p parts
exec dsinspect dups --shard="$SLURM_ARRAY_TASK_ID/${SHARDS:-$SLURM_ARRAY_TASK_COUNT}" \
    --partial="parts/p.$SLURM_ARRAY_TASK_ID" /srv/data/flowers
