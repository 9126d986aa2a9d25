#!/usr/bin/env bash
# Packs what bench/gpu/run.sh needs on a machine that has a GPU and no network into .gpu/ (about 45 MB, ignored by git):
# Deno, the npm packages that training and its tests use, MNIST, the writers of its images, and Debian's Vulkan loader.
#
# usage: bench/gpu/pack.sh
#
# Needs npm, and apt-get for the Vulkan loader. MNIST is taken from $MNIST_DIR, data/cache/mnist or ../shared/mnist, the
# writers (QMNIST's labels) from $MNIST_DIR/qmnist, data/cache/qmnist or ../shared/qmnist.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=2.9.6
pack=$PWD/.gpu
# what is to be continued there stays
rm -rf "$pack"/{deno.xz,deno_dir.tgz,mnist,vulkan}
# where MNIST_DIR names a folder, the writers are looked for in its folder "qmnist"
mkdir -p "$pack/mnist/qmnist" "$pack/vulkan"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "@deno/linux-x64-glibc@$version" >/dev/null && tar -xzf ./*.tgz)
deno=$work/package/deno
chmod +x "$deno"
xz -T0 -6 -c "$deno" >"$pack/deno.xz"

DENO_DIR=$work/deno_dir "$deno" cache --quiet bench/commands/{ablate,bench,field,perf,regress,search}.ts \
  tests/engine/webgpu/*_test.ts
# compiled caches are made anew there
tar -C "$work/deno_dir" -czf "$pack/deno_dir.tgz" npm

for folder in "${MNIST_DIR:-}" data/cache/mnist ../shared/mnist; do
  [ -n "$folder" ] && [ -d "$folder" ] && { cp "$folder"/*-ubyte* "$pack/mnist/"; break; }
done
for folder in "${MNIST_DIR:+$MNIST_DIR/qmnist}" data/cache/qmnist ../shared/qmnist; do
  [ -n "$folder" ] && [ -d "$folder" ] && { cp "$folder"/qmnist-*-labels.tsv.gz "$pack/mnist/qmnist/"; break; }
done
if command -v apt-get >/dev/null; then
  # the loader, and what NVIDIA's driver loads: libxext6 and below, and GLVND's libraries
  (cd "$pack/vulkan" && apt-get download --quiet libvulkan1 libxext6 libx11-6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0 \
    libegl1 libglvnd0 libglx0 libgl1 libopengl0 libgles2) ||
    echo "Cannot download the Vulkan loader: expected Debian's packages; the other machine needs its own"
fi
du -sh "$pack"
