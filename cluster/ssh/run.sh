#!/usr/bin/env bash
# Trains a plan over ssh with GNU parallel and merges what comes out.
#
#   run.sh NAME SHARDS HOSTS [flags of plan:run]
#
# HOSTS is a file of GNU parallel's --sshloginfile: a line for each machine, such as 1/me@host (one shard at a time, on
# all of its processors). Each has the project in the same folder, or in $REMOTE, and Deno in its PATH. The same command
# goes on with what is missing; a machine that fails is done without.
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 2
}

[ $# -ge 3 ] || fail "Cannot run: expected NAME SHARDS HOSTS [flags of plan:run], got $# arguments; see the top of $0"
name=$1 shards=$2 hosts=$3
shift 3
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || fail "Cannot run: expected a name of letters, digits, dots and dashes, got \"$name\""
[[ $shards =~ ^[1-9][0-9]*$ ]] || fail "Cannot run: expected a number of shards, got \"$shards\""
[ -f "$hosts" ] || fail "Cannot run: expected a file of machines, got no \"$hosts\""
[ -f bench/launch.ts ] || fail "Cannot run: expected the project's folder as the current one, got \"$PWD\"; cd there first"
command -v parallel >/dev/null || fail "Cannot run: expected GNU parallel, got none; install it, and rsync"

folder=results/shards/$name
mkdir -p "$folder"
if [ ! -f "$folder/plan.json" ] || [ $# -gt 0 ]; then
  deno task plan:run "$@" --shards "$shards" --out "$folder/plan.json"
fi

# --resume-failed leaves out what the log says has ended well; --return brings each shard here as it ends, and copies
# nothing where the folder is shared. A shard that fails everywhere fails this command, and the merge says which.
# shellcheck disable=SC2086 # SSH is a command with its flags
parallel ${SSH:+--ssh "$SSH"} --sshloginfile "$hosts" --workdir "${REMOTE:-$PWD}" --retries 3 \
  --joblog "$folder/jobs.tsv" --resume-failed --transferfile "$folder/plan.json" --return "$folder/{}" \
  "deno task bench --plan $folder/plan.json --shard {}/$shards --out $folder/{} >&2" ::: $(seq "$shards") ||
  echo "warning: $? of the shards failed; the merge says what is missing" >&2

deno task merge "$folder"/[0-9]* --plan "$folder/plan.json" --out "results/runs/$name"
