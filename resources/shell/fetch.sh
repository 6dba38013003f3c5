# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What fetch-libtorch and samples/fetch-text share: the cache, the space in it, pip and why it failed. Sourced, never run.
# The caller sets `set -euo pipefail` first.

# From the start: a Python that is asked for its version turns Ctrl-C into a status like any other.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

die() { echo "$(basename "$0"): $*" >&2; exit 1; }

[ -n "${VARIOMETER_CACHE_DIR:-}${XDG_CACHE_HOME:-}${HOME:-}" ] || die "HOME is not set; set VARIOMETER_CACHE_DIR to a folder for downloads"
cache=${VARIOMETER_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/variometer}

# require_space FOLDER MB WHAT: makes FOLDER, or says why WHAT cannot be put there.
require_space() {
  local free_mb
  mkdir -p "$1" 2>/dev/null || true
  [ -d "$1" ] && [ -w "$1" ] || die "cannot write to $1; set VARIOMETER_CACHE_DIR to a folder you can write to"
  free_mb=$(df -Pm "$1" | awk 'NR == 2 {print $4}')
  [ "$free_mb" -ge "$2" ] || die "$1 has $free_mb MB free, $3 takes $2 MB; free some space or set VARIOMETER_CACHE_DIR"
}

# find_pip: sets `python` to one that has pip. The system's own first: a version manager's shim may have none.
find_pip() {
  for python in /usr/bin/python3 python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then return; fi
  done
  die "pip is needed to fetch $1: install python3-pip"
}

# pip_failed SAID WHAT: ends with the one line that says why pip, which said SAID, could not fetch WHAT.
pip_failed() {
  local reason
  case $1 in
    *"No space left on device"*) reason="the disk is full" ;;
    *"DO NOT MATCH THE HASHES"*) reason="what came is not the file this script knows (SHA-256 differs)" ;;
    *"name resolution"* | *"Name or service not known"*) reason="no network (host names are not found)" ;;
    *"Cannot connect to proxy"* | *ProxyError*) reason="the proxy does not answer" ;;
    *"Failed to establish a new connection"* | *"Network is unreachable"*) reason="no network (no connection)" ;;
    *"timed out"* | *"connection broken"*) reason="the connection broke off" ;;
    *) reason=$(grep -E 'ERROR|rror:' <<<"$1" | tail -n 1) || true ;;
  esac
  die "pip could not fetch $2: ${reason:-it does not say why}; run this again to go on"
}
