#!/usr/bin/env bash
# Checks and measures the GPU engine in one call, on a machine that has a GPU and perhaps no network.
#
# usage: bench/gpu/run.sh OUT [STAGE[+STAGE ...] ...]
#
#   adapter    which one it is, and its driver
#   tests      the layer suite, the golden fixtures and the engine's own tests, its files side by side
#   perf       images/s for 1, 5, 25 and 100 trials at once, beside the device's peaks
#   profile    where the device's time goes in a step of iteration 5, kernel by kernel, 5 and 25 trials at once
#   peer       1 and 25 trials at once in turns with PyTorch on the same GPU, where python3 has it
#   reference  all five iterations, 25 seeds, whole length; then iteration 1 again, digests compared
#   ablations  what each part of iteration 5's recipe is worth, 10 seeds
#   field      the public entries of models/field, 5 seeds
#
# Without stages: adapter tests perf profile peer. Stages joined by + run at once, such as field+ablations; nothing that
# is timed should. What bench/gpu/pack.sh has put into .gpu/ is used where it is there; else Deno comes from PATH and
# MNIST from where `bench` finds it. Everything goes to OUT; a stage that fails or takes too long does not stop the
# others, and the exit code is the number of those.
#
# SECONDS_STAGE=N, such as SECONDS_FIELD=200, is a stage's limit. At it, ablations and field stop as at Ctrl-C and keep
# what is trained: OUT/field.tgz, unpacked into .gpu/continue/, is continued by the next call.
# QUICK=1 makes every stage short, to try the script itself.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${1:?usage: bench/gpu/run.sh OUT [STAGE ...]}
shift
stages=("$@")
[ $# -gt 0 ] || stages=(adapter tests perf profile peer)
mkdir -p "$out"
out=$(cd "$out" && pwd)
pack=$PWD/.gpu

if [ -f "$pack/deno.xz" ]; then
  tools=$(mktemp -d)
  xz -dc "$pack/deno.xz" >"$tools/deno" && chmod +x "$tools/deno"
  export PATH=$tools:$PATH DENO_DIR=$tools/deno_dir MNIST_DIR=$pack/mnist
  mkdir -p "$DENO_DIR" && tar -C "$DENO_DIR" -xzf "$pack/deno_dir.tgz"
fi
if ! ldconfig -p | grep -q 'libvulkan\.so\.1' || ! ldconfig -p | grep -q 'libGLdispatch\.so\.0'; then
  for package in "$pack"/vulkan/*.deb; do [ -e "$package" ] && dpkg -x "$package" /; done
  ldconfig
fi
export DENO_WEBGPU_BACKEND=vulkan NODEVICE_SELECT=1 NO_COLOR=1 REQUIRE=webgpu

describe_adapter() {
  deno eval --no-lock 'const a = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!a) Deno.exit(1);
    console.log(JSON.stringify({ description: a.info.description, vendor: a.info.vendor, device: a.info.device,
      isFallbackAdapter: a.info.isFallbackAdapter, subgroups: [a.info.subgroupMinSize, a.info.subgroupMaxSize],
      features: [...a.features] }));
    for (const key in a.limits) console.log(key, a.limits[key]);'
}
# In a container the driver's description may lie elsewhere, or not at all.
if [ -z "${VK_DRIVER_FILES:-}" ]; then
  candidates=("" $(find /usr/local/nvidia /usr/share /etc -name 'nvidia_icd*.json' 2>/dev/null))
  for library in $(ldconfig -p | grep -oE 'lib(EGL|GLX)_nvidia\.so\.0' | sort -u); do
    description=$(mktemp --suffix .json)
    printf '{"file_format_version":"1.0.1","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' "$library" >"$description"
    candidates+=("$description")
  done
  for description in "${candidates[@]}"; do
    if [ -n "$description" ]; then export VK_DRIVER_FILES=$description; else unset VK_DRIVER_FILES; fi
    describe_adapter 2>/dev/null | grep -q NVIDIA && break
    unset VK_DRIVER_FILES
  done
  echo "Vulkan driver: ${VK_DRIVER_FILES:-as the loader finds it}"
fi

# limit STAGE SECONDS: the environment's, else these
limit() {
  local variable=SECONDS_${1^^}
  echo "${!variable:-$2}"
}

# attempt NAME SECONDS COMMAND...: what it writes goes to OUT, the end of that to the terminal. At its time it is asked
# to stop as by Ctrl-C (exit code 130), and killed where it does not.
attempt() {
  local name=$1 seconds=$2 started=$SECONDS code
  shift 2
  timeout --preserve-status --signal INT --kill-after 20 "$seconds" "$@" >"$out/$name.txt" 2>"$out/$name.err.txt"
  code=$?
  {
    echo "== $name"
    tail -n 25 "$out/$name.txt"
    if [ "$code" -eq 0 ]; then
      rm "$out/$name.err.txt"
    else
      echo "exit code $code"
      tail -n 15 "$out/$name.err.txt"
    fi
    echo "   $((SECONDS - started)) s"
  } >"$out/$name.tail"
  cat "$out/$name.tail" # at once, so that stages side by side do not mix
  rm "$out/$name.tail"
  return "$code"
}

# train NAME SECONDS COMMAND...: of a run that can be continued; stopped at its time it has not failed.
train() {
  local name=$1 code kept=no
  [ -d "$pack/continue/$name" ] && cp -r "$pack/continue/$name" "$out/"
  attempt "$@" --out "$out/$name"
  code=$?
  tar -C "$out" -czf "$out/$name.tgz" "$name" && rm -r "${out:?}/$name" && kept=yes
  [ "$kept" = yes ] && { [ "$code" -eq 0 ] || [ "$code" -eq 130 ]; }
}

quick=${QUICK:+yes}
gpu=(--engine webgpu)
few=${quick:+--iterations 1 --trials 1}

stage_adapter() {
  describe_adapter >"$out/adapter.txt" 2>&1
  local code=$?
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem --format=csv \
    >>"$out/adapter.txt" 2>/dev/null
  cat "$out/adapter.txt"
  return "$code"
}

# Each failure is written as it happens (tap), so that a limit loses none.
stage_tests() {
  attempt tests "$(limit tests 570)" deno test --parallel --reporter=tap --no-prompt --no-check --allow-read --allow-env \
    ${quick:+"--filter=PyTorch on iteration 1"} tests/engine/webgpu
  local code=$?
  echo "tests: $(grep -c '^ok ' "$out/tests.txt") ok, $(grep -c '^not ok ' "$out/tests.txt") not"
  grep -A 3 '^not ok ' "$out/tests.txt"
  return "$code"
}

# shellcheck disable=SC2086 # $few is words, or none
stage_perf() { attempt perf "$(limit perf 280)" deno task perf "${gpu[@]}" --json $few; }

# shellcheck disable=SC2086
stage_profile() {
  attempt profile "$(limit profile 60)" deno task perf "${gpu[@]}" --profile ${few:---iterations 5 --trials 5,25}
}

# shellcheck disable=SC2086
stage_peer() {
  if ! python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
    echo "peer: left out, python3 has no torch that finds a GPU"
    return 0
  fi
  attempt peer "$(limit peer 480)" deno task perf "${gpu[@]}" --against-pytorch --rounds 1 --json $few
}

stage_reference() {
  local code=0
  local bench=(deno task bench "${gpu[@]}" --no-assert --seeds "$([ -n "$quick" ] && echo 0 || echo 0-24)")
  [ -n "$quick" ] && bench+=(--quick --dataset synthetic)
  attempt reference "$(limit reference 420)" "${bench[@]}" --out "$out/reference-gpu" ${quick:+--iterations 1} || code=1
  attempt repeat "$(limit repeat 100)" "${bench[@]}" --out "$out/repeat" --iterations 1 || code=1
  attempt regress 60 deno task regress "$out/repeat" --against "$out/reference-gpu" --allow-underpowered || code=1
  tar -C "$out" -czf "$out/reference-gpu.tgz" reference-gpu && rm -rf "$out/reference-gpu" "$out/repeat"
  return "$code"
}

stage_ablations() {
  train ablations "$(limit ablations 300)" deno task ablate 5 "${gpu[@]}" ${quick:+--quick --without dropout}
}

stage_field() { train field "$(limit field 450)" deno task field "${gpu[@]}" ${quick:+--quick --entries 101,134-136}; }

failed=0
for group in "${stages[@]}"; do
  running=()
  for stage in ${group//+/ }; do
    if ! declare -F "stage_$stage" >/dev/null; then
      echo "Cannot run \"$stage\": expected $(declare -F | sed -n 's/^declare -f stage_//p' | paste -sd ' ')"
      failed=$((failed + 1))
      continue
    fi
    "stage_$stage" &
    running+=($!)
  done
  for process in "${running[@]}"; do wait "$process" || failed=$((failed + 1)); done
done
echo "$failed stages failed"
exit "$failed"
