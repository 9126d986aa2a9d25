#!/usr/bin/env bash
# Trains a plan as a SLURM job array and merges what comes out.
#
#   submit.sh NAME SHARDS [flags of plan:run]      plan, train, merge
#   submit.sh NAME SHARDS --array 3,7              train these shards again, then merge
#
# Run it in the project's folder, on a file system that the nodes share. sbatch takes account, partition, time and
# the rest from SBATCH_ACCOUNT, SBATCH_PARTITION, SBATCH_TIMELIMIT …; CPUS says how many processors a shard gets, DATA
# where a data set of your own lies.
set -euo pipefail

CPUS=${CPUS:-4}

fail() {
  echo "error: $1" >&2
  exit 2
}

# What the jobs run: this file again, with a word in front. SLURM keeps a copy of it, so a change disturbs no job.
case ${1:-} in
--shard)
  name=$2 shards=$3 index=$SLURM_ARRAY_TASK_ID out=results/shards/$2/$SLURM_ARRAY_TASK_ID
  # A requeued job's first run is gone for certain; where there are no file locks it may have left its mark.
  if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then rm -f "$out/.lock-holder"; fi
  # exec, so that a signal to the job's shell reaches the training, which then ends in order
  exec deno task bench --plan "results/shards/$name/plan.json" ${DATA:+--data "$DATA"} --shard "$index/$shards" --out "$out"
  ;;
--merge)
  name=$2
  exec deno task merge results/shards/"$name"/[0-9]* --plan "results/shards/$name/plan.json" ${DATA:+--data "$DATA"} \
    --out "results/runs/$name"
  ;;
esac

[ $# -ge 2 ] || fail "Cannot submit: expected NAME SHARDS [flags of plan:run], got $# arguments; see the top of $0"
name=$1 shards=$2
shift 2
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || fail "Cannot submit: expected a name of letters, digits, dots and dashes, got \"$name\""
[[ $shards =~ ^[1-9][0-9]*$ ]] || fail "Cannot submit: expected a number of shards, got \"$shards\""
[ -f bench/launch.ts ] || fail "Cannot submit: expected the project's folder as the current one, got \"$PWD\"; cd there first"
command -v deno >/dev/null || fail "Cannot submit: expected deno in PATH, got none; install it where the nodes find it"

folder=results/shards/$name
if [ "${1:-}" = --array ]; then
  array=${2:-}
  [[ $array =~ ^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$ ]] || fail "Cannot submit: expected a list such as 3,7 after --array, got \"$array\""
  [ -f "$folder/plan.json" ] || fail "Cannot submit: expected \"$folder/plan.json\" from an earlier call, got none"
else
  mkdir -p "$folder/log"
  # it also finds or downloads the data, and fills Deno's cache, before a node needs either
  deno task plan:run "$@" --shards "$shards" --out "$folder/plan.json"
  array=1-$shards
fi

# B: the shell alone is told, two minutes before time is up; what is finished by then is kept
train=$(sbatch --parsable --job-name="$name" --array="$array" --ntasks=1 --cpus-per-task="$CPUS" --requeue \
  --open-mode=append --signal=B:TERM@120 --output="$folder/log/%a.txt" "$0" --shard "$name" "$shards")
# afterany and not afterok: the merge says what is missing, which is when it is wanted most
merge=$(sbatch --parsable --job-name="$name-merge" --dependency="afterany:${train%%;*}" --ntasks=1 \
  --open-mode=append --output="$folder/log/merge.txt" "$0" --merge "$name")
echo "Submitted: shards ${train%%;*}, merge ${merge%%;*}. It ends in results/runs/$name; progress: tail $folder/log/*.txt"
echo "Where the merge names shards that lack trials: $0 $name $shards --array LIST"
