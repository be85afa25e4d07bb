#!/bin/sh
# Builds the committed PTX from the CUDA sources:
#
#   kernels/build-ptx.sh [output-folder [family...]]
#
# Needs nvcc 13 on the PATH, and nothing else; no GPU. Each family src/main/cuda/NAME.cu becomes NAME.ptx for sm_75.
# nvcc writes the newest PTX version, which only the newest drivers accept; the header is lowered to 7.0 (the sources use
# nothing newer, and a test assembles every kernel to prove it). What could vary from build to build is stripped, and a
# digest of the sources is recorded, so that a test can tell stale PTX even where nvcc is absent.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/src/main/cuda
out=${1:-$here/src/main/resources/dev/athanor/kernels}
[ $# -gt 0 ] && shift
mkdir -p "$out"
out=$(cd "$out" && pwd)

# Families for sm_75 and later: every .cu that is not in the second list.
# Families that need sm_80 instructions (bf16, tf32); they carry _sm80 in their name.
families=$(cd "$source" && ls ./*.cu | sed 's|^\./||; s|\.cu$||')
[ $# -gt 0 ] && families="$*"

# nvcc numbers registers in an order that now and then depends on where its memory lies (5 builds of 60 differed): with address
# randomization off, it does not.
steady=
if setarch "$(uname -m)" -R true 2> /dev/null; then steady="setarch $(uname -m) -R"; fi

build() {
  family=$1
  arch=75
  case $family in *_sm80) arch=80 ;; esac
  # A source may ask for flags of its own: families whose bits must equal the CPU's say "// nvcc: -fmad=false".
  flags=$(sed -n 's|^// nvcc: ||p' "$source/$family.cu")
  temporary=$out/$family.ptx.tmp
  digest=$(digest_of "$family")
  # Up to date: the same sources, built since this script changed.
  if [ "$out/$family.ptx" -nt "$here/build-ptx.sh" ] && grep -qx "// Sources: $digest" "$out/$family.ptx"; then return; fi
  (cd "$source" && $steady nvcc -ptx -std=c++17 -O3 --expt-relaxed-constexpr -arch=compute_$arch $flags "$family.cu" -o "$temporary")
  {
    echo "// Built by build-ptx.sh from $family.cu. Do not edit."
    echo "// Sources: $digest"
    sed -n 's|^// Cuda compilation tools, |// Compiler: |p' "$temporary"
    sed -e '/^\/\//d' -e '/^[[:space:]]*\/\//d' -e '/^[[:space:]]*$/d' \
      -e 's/^\.version .*/.version 7.0/' -e 's/[[:space:]]*$//' "$temporary"
  } > "$out/$family.ptx"
  rm -f "$temporary"
}

# SHA-256 over the family's source and the headers it includes, directly or not, in the order of their names.
digest_of() {
  (cd "$source" && cat "$1.cu" $(includes_of "$1.cu" | sort -u)) | sha256sum | cut -d' ' -f1
}

includes_of() {
  for header in $(sed -n 's|^#include "\(.*\)"$|\1|p' "$1"); do
    echo "$header"
    includes_of "$header"
  done
}

status=0
running=
for family in $families; do
  build "$family" &
  running="$running $!"
  # Two at a time: the compiler is single-threaded, and one large family must not wait for the others.
  set -- $running
  if [ $# -ge 2 ]; then
    wait "$1" || status=1
    shift
    running="$*"
  fi
done
for process in $running; do wait "$process" || status=1; done
exit $status
