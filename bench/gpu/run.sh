#!/usr/bin/env bash
# Checks and measures the GPU engine in one call, on a machine that has a GPU and perhaps no network.
#
# usage: bench/gpu/run.sh OUT [STAGE ...]
#
#   adapter    which one it is, and its driver
#   tests      the layer suite, the golden fixtures and the engine's own tests
#   perf       images/s for 1, 5, 25 and 100 trials at once, beside the device's peaks
#   peer       1 and 25 trials at once in turns with PyTorch on the same GPU, where python3 has it
#   reference  all five iterations, 25 seeds, whole length; then iteration 1 again, digests compared
#
# Without stages, all but `reference`. What bench/gpu/pack.sh has put into .gpu/ is used where it is there; else Deno
# comes from PATH and MNIST from where `bench` finds it. Everything goes to OUT; a stage that fails or takes too long
# does not stop the others, and the exit code is the number of those.
#
# QUICK=1 makes every stage short, to try the script itself.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${1:?usage: bench/gpu/run.sh OUT [STAGE ...]}
shift
stages=("${@:-adapter tests perf peer}")
# shellcheck disable=SC2206 # one word each
stages=(${stages[*]})
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
# In a container the driver's description may lie elsewhere, or name the library for X11, which starts nothing without a
# display; the library for EGL needs none.
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

failed=0
# stage NAME SECONDS COMMAND...
stage() {
  local name=$1 seconds=$2 started=$SECONDS code
  shift 2
  echo "== $name"
  timeout "$seconds" "$@" >"$out/$name.txt" 2>"$out/$name.err.txt"
  code=$?
  tail -n 25 "$out/$name.txt"
  if [ "$code" -eq 0 ]; then
    rm "$out/$name.err.txt"
  else
    failed=$((failed + 1))
    echo "exit code $code"
    tail -n 15 "$out/$name.err.txt"
  fi
  echo "   $((SECONDS - started)) s"
}

quick=${QUICK:+yes}
seeds=$([ -n "$quick" ] && echo 0 || echo 0-24)
wants() { [[ " ${stages[*]} " == *" $1 "* ]]; }
if wants adapter; then
  describe_adapter >"$out/adapter.txt" 2>&1 || failed=$((failed + 1))
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem --format=csv \
    >>"$out/adapter.txt" 2>/dev/null
  cat "$out/adapter.txt"
fi
if wants tests; then
  tests=tests/engine/webgpu
  stage tests 570 deno test --no-prompt --no-check --allow-read --allow-env ${quick:+"--filter=PyTorch on iteration 1"} "$tests"
fi
if wants perf; then
  stage perf 280 deno task perf --engine webgpu --json ${quick:+--iterations 1 --trials 1}
fi
if wants peer && python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  stage peer 480 deno task perf --engine webgpu --against-pytorch --rounds 1 --json \
    ${quick:+--iterations 1 --trials 1}
fi
if wants reference; then
  bench=(deno task bench --engine webgpu --no-assert --seeds "$seeds")
  [ -n "$quick" ] && bench+=(--quick --dataset synthetic)
  stage reference 420 "${bench[@]}" --out "$out/reference-gpu" ${quick:+--iterations 1}
  stage repeat 100 "${bench[@]}" --out "$out/repeat" --iterations 1
  stage regress 60 deno task regress "$out/repeat" --against "$out/reference-gpu" --allow-underpowered
  tar -C "$out" -czf "$out/reference-gpu.tgz" reference-gpu && rm -rf "$out/reference-gpu" "$out/repeat"
fi
echo "$failed stages failed"
exit "$failed"
