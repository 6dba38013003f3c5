# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What samples/demo and tests/run share: installing what is missing, fetching LibTorch, building. Sourced, never run.
# The caller sets `set -euo pipefail` and `root` (the source tree) first.

packages_build=(
  g++ cmake ninja-build ccache python3-pip libgtest-dev
  qt6-base-dev "qt6-svg-dev|libqt6svg6-dev" libqcustomplot-dev fonts-dejavu-core
  libhdf5-dev nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libonig-dev libicu-dev libssl-dev
)
packages_test=(hdf5-tools file dpkg-dev)  # the last two: what cpack finds the dependencies of a .deb with

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

started_at=$SECONDS
step_at=$SECONDS
step_name=
# step NAME: begins a step; the one before is closed with the time it took.
step() { step_name=$1 step_at=$SECONDS; say "== $1"; }
step_done() { say "   ${1:-done} ($(seconds $((SECONDS - step_at))))"; }
seconds() { if [ "$1" -ge 60 ]; then echo "$(($1 / 60)) min $(($1 % 60)) s"; else echo "$1 s"; fi; }

trap 'say ""; say "$(basename "$0"): interrupted during \"${step_name:-start}\"; run it again to go on from here"; exit 130' INT

# Prints those of the packages that are not installed. "a|b" is satisfied by either; the first that apt knows is taken.
missing_packages() {
  local installed name choice found
  installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | awk '$1 == "installed" {printf "%s ", $2}') "
  for name in "$@"; do
    found=false
    for choice in ${name//|/ }; do
      if [[ $installed == *" $choice "* ]]; then found=true; fi
    done
    $found || echo "$name"
  done
}

# apt_reason LOG: why apt failed, in a few words. (It ends well where it could not fetch its lists, and fails later.)
apt_reason() {
  case $(<"$1") in
    *"No space left on device"* | *"enough free space"*) echo "the disk is full" ;;
    *"emporary failure resolving"* | *"Could not resolve"*) echo "no network (host names are not found)" ;;
    *"Could not connect"* | *"Connection refused"* | *"Connection timed out"* | *"Unable to connect"*)
      echo "no network (no connection)" ;;
    *"Could not get lock"*) echo "another apt is at work" ;;
    *) grep '^E:' "$1" | tail -n 1 || echo "see $1" ;;
  esac
}

# install_packages NAME...: installs what is missing with apt; says what; silent when all is there; asks nothing.
install_packages() {
  local missing wanted name choice log
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "   no apt here: taking for granted that the libraries in README.md are installed"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "not root and no sudo; as root run: apt-get install ${missing[*]%%|*}"
    as_root=(sudo)
    # A script that cannot be answered must not hang on a password.
    if [ ! -t 0 ]; then as_root=(sudo -n); fi
    "${as_root[@]}" true 2>/dev/null || die "sudo was refused; as root run: apt-get install ${missing[*]%%|*}"
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local options=(-qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  local free_mb
  free_mb=$(df -Pm /usr | awk 'NR == 2 {print $4}')
  [ "$free_mb" -ge 1500 ] || die "/usr has $free_mb MB free, the packages take up to 1500 MB; free some space"
  log=$(mktemp)
  step "Packages"
  # A set-up that was interrupted half way is finished first.
  "${as_root[@]}" dpkg --configure -a >"$log" 2>&1 || true
  "${as_root[@]}" apt-get "${options[@]}" update >"$log" 2>&1 ||
    die "apt-get update failed: $(apt_reason "$log"); run this again to go on"
  wanted=()
  for name in "${missing[@]}"; do
    choice=${name%%|*}
    for candidate in ${name//|/ }; do
      if [ -n "$(apt-cache madison "$candidate" 2>/dev/null)" ]; then choice=$candidate; break; fi
    done
    wanted+=("$choice")
  done
  say "   installing with apt: ${wanted[*]}"
  "${as_root[@]}" apt-get "${options[@]}" install "${wanted[@]}" >"$log" 2>&1 ||
    die "apt-get install failed: $(apt_reason "$log"); run this again to go on"
  rm -f "$log"
  step_done "installed ${#wanted[@]} packages and what they need"
}

# A LibTorch the user names (CMAKE_PREFIX_PATH, VARIOMETER_LIBTORCH) is used and nothing is fetched.
fetch_libtorch() {
  local fetch=$root/resources/shell/fetch-libtorch folder
  configure_options=()
  if [ -n "${VARIOMETER_LIBTORCH:-}" ]; then
    configure_options=("-DVARIOMETER_LIBTORCH=$VARIOMETER_LIBTORCH")
    return
  fi
  if has_libtorch_prefix; then return; fi
  if "$fetch" --where >/dev/null; then return; fi
  step "LibTorch 2.11.0"
  say "   fetching the wheel from PyPI into $("$fetch" --where || true) (once)"
  folder=$("$fetch") || exit 1
  step_done "$(du -sh "$folder" | cut -f1) on disk"
}
has_libtorch_prefix() {
  local prefix
  while IFS= read -r -d : prefix; do
    if [ -e "$prefix/lib/libtorch_cpu.so" ] || [ -e "$prefix/torch/lib/libtorch_cpu.so" ] ||
       [ -e "$prefix/../../lib/libtorch_cpu.so" ]; then return 0; fi
  done <<<"${CMAKE_PREFIX_PATH:-}:"
  return 1
}

# One compiler per core, but a file that includes LibTorch takes about 1.2 GB.
build_jobs() {
  local cores memory_mb
  cores=$(nproc)
  memory_mb=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
  local by_memory=$((memory_mb / 1200))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# cmake_error LOG: the first error CMake reported, as one line.
cmake_error() {
  awk '/^CMake Error/ {found = 1; if (sub(/^CMake Error: */, "")) print; next}
       found && /^$/ {if (said) exit; next}
       found && /^(Call Stack|--)/ {exit}
       found {said = 1; print}' "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//' | grep . || tail -n 1 "$1"
}

# build PRESET [TARGET...]: configures build/PRESET and builds the targets in it (all without one).
build() {
  local preset=$1 log
  shift
  local free_mb
  free_mb=$(df -Pm "$root" | awk 'NR == 2 {print $4}')
  [ "$free_mb" -ge 1500 ] || die "$root has $free_mb MB free, a build takes up to 1500 MB; free some space"
  mkdir -p "$root/build" 2>/dev/null || true
  [ -w "$root/build" ] || die "cannot write to $root/build"
  log=$root/build/$preset-configure.log
  step "Configuring build/$preset"
  (cd "$root" && cmake --preset "$preset" "${configure_options[@]}") >"$log" 2>&1 ||
    die "cmake could not configure: $(cmake_error "$log") (all of it: $log)"
  grep -E '^-- (LibTorch|CUDA)' "$log" | sed 's/^-- /   /' >&2 || true
  step_done
  local jobs targets=()
  jobs=$(build_jobs)
  [ $# -eq 0 ] || targets=(--target "$@")
  step "Building build/$preset with $jobs jobs"
  (cd "$root" && cmake --build "build/$preset" -j "$jobs" "${targets[@]}") >&2 || die "the build failed; see the lines above"
  step_done
}
