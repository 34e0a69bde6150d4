# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Shared by scripts/run and scripts/test: packages, configure, build. All talk goes to stderr; stdout is fwbench's own.

say() { printf '%s\n' "$*" >&2; }

# die CODE MESSAGE...: exit codes as in README (3: this environment cannot run it).
die() {
  local code=$1
  shift
  say "$(basename "$0"): $*"
  exit "$code"
}

# installed_packages: one name a line, without an architecture suffix.
installed_packages() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p'
}

# missing_packages SETS: lines "package<TAB>why" for what scripts/packages.txt lists under SETS ("run", "run|test").
missing_packages() {
  awk -v sets="^($1)\$" '
    FNR == NR { have[$1] = 1; next }
    /^[ \t]*(#|$)/ || $1 !~ sets { next }
    {
      n = split($2, names, "|")
      for (i = 1; i <= n; ++i) if (names[i] in have) next
      why = $0
      sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", why)
      print names[1] "\t" why
    }' <(installed_packages) "$FWBENCH_ROOT/scripts/packages.txt"
}

# ensure_packages SETS: installs what is missing; without any missing package apt is not called at all.
ensure_packages() {
  command -v dpkg-query >/dev/null || {
    say "$(basename "$0"): not a Debian system: expecting that scripts/packages.txt is installed by other means"
    return 0
  }
  local missing names
  missing=$(missing_packages "$1")
  [[ -n $missing ]] || return 0
  mapfile -t names < <(cut -f1 <<<"$missing")

  say "Debian packages to install:"
  while IFS=$'\t' read -r name why; do
    printf '  %-20s %s\n' "$name" "$why" >&2
  done <<<"$missing"

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die 3 "installing packages needs root, and there is no sudo. As root: apt-get install ${names[*]}"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update >&2 || die 3 "apt-get update failed: is there a network, and a Debian mirror in sources.list?"
  "${apt[@]}" install --no-install-recommends "${names[@]}" >&2 ||
    die 3 "apt-get install failed: fwbench is made for Debian 12 (bookworm)"
}

# Many sources at a time: for who builds once and from nothing, each header is read once for all of them. Who changes one
# source wants only that one built again.
# shellcheck disable=SC2034  # for scripts/run and scripts/test
readonly many_at_a_time=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12)

# build_preset PRESET [CMAKE OPTION...]: configures when that was never done or the preset changed, then builds what
# changed.
build_preset() {
  local preset=$1 folder=$FWBENCH_ROOT/build/$1
  shift
  local stamp=$folder/.configured
  command -v ccache >/dev/null && export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  (
    cd "$FWBENCH_ROOT" || die 70 "cannot enter $FWBENCH_ROOT"
    if [[ ! -e $folder/build.ninja || ! $stamp -nt CMakePresets.json ]]; then
      say "configuring $folder"
      cmake --preset "$preset" "$@" >&2 || die 70 "cmake failed; see above"
      touch "$stamp"
    fi
    [[ $(ninja -C "$folder" -n 2>&1) == *"no work to do"* ]] && exit 0
    say "building $folder"
    ninja -C "$folder" >&2 || die 70 "the build failed; see above"
  )
}
