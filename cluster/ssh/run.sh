#!/usr/bin/env bash
# Trains a plan over ssh with GNU parallel and merges what comes out.
#
#   run.sh NAME SHARDS HOSTS [flags of plan:run]
#
# HOSTS is a file of GNU parallel's --sshloginfile: a line for each machine, such as 1/me@host (one shard at a time, on
# all of its processors). Each has the project in the same folder, or in $REMOTE, and Deno in its PATH. The same command
# goes on with what is missing; a machine that fails is done without. DATA says where a data set of your own lies, on
# each machine.
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

# Shards are told apart by their number, which means another part where there are more of them.
there=$(cat "$folder/shards" 2>/dev/null || echo "$shards")
[ "$there" = "$shards" ] || fail "Cannot run: expected $there shards as \"$folder\" was begun with, got $shards; take those or another NAME"
echo "$shards" >"$folder/shards"

plan=(--plan "$folder/plan.json" ${DATA:+--data "$DATA"})
merge() {
  deno task -q merge "$folder"/[0-9]* "${plan[@]}" --out "results/runs/$name" "$@"
}

# All shards at first, later those that lack a trial: parallel's own --resume goes by exit codes, and says nothing of a
# trial that failed or a folder that was lost.
open=$(seq "$shards")
if compgen -G "$folder/[0-9]*" >/dev/null; then
  status=0
  found=$(merge --json 2>"$folder/merge.txt") || status=$?
  case $status in
  0) open= ;;
  1) array=$(sed -n 's/^  "array": "\(.*\)",\{0,1\}$/\1/p' <<<"$found" | tr , '\n')
    [ -z "$array" ] || open=$(while IFS=- read -r first last; do seq "$first" "${last:-$first}"; done <<<"$array") ;;
  *) cat "$folder/merge.txt" >&2 && exit "$status" ;;
  esac
fi

# --return brings each shard here as it ends, and copies nothing where the folder is shared. A shard that fails
# everywhere fails this command, and the merge says which.
train="deno task bench $(printf '%q ' "${plan[@]}")--shard {}/$shards --out $folder/{} >&2"
# shellcheck disable=SC2086 # SSH is a command with its flags, and the shards are words
[ -z "$open" ] || parallel ${SSH:+--ssh "$SSH"} --sshloginfile "$hosts" --workdir "${REMOTE:-$PWD}" --retries 3 \
  --joblog "$folder/jobs.tsv" --transferfile "$folder/plan.json" --return "$folder/{}" "$train" ::: $open ||
  echo "warning: $? of the shards failed; the merge says what is missing" >&2

merge
