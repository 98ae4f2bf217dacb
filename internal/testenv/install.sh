#!/bin/bash
# install.sh [postgres|chromium|llama|fonts|openai|dex|redis|valkey]...: unpack the engines the tests run against (all of them by default) below one
# cache folder: $WENYUAN_TEST_CACHE, else ${XDG_CACHE_HOME:-~/.cache}/wenyuan-test. What the machine already has is used
# as it is. Packages come from the Debian mirror of this machine's own apt sources, in the suite this machine runs
# (llama.cpp and Valkey from forky, where Debian first carries them), are checked by apt against Debian's keys, and are unpacked
# with dpkg -x: nothing on the machine is changed, and root is not needed. Dex is built from its Go modules, as dex/go.sum pins them.
# Ends with 1 and one line for each engine that could not be had.
set -euo pipefail

cache=${WENYUAN_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wenyuan-test}
here=$(cd "$(dirname "$0")" && pwd)
libs=usr/lib/x86_64-linux-gnu
llama_suite=forky
openai_version=6.49.0
openai_sha512=69809cd02e8bf3ae1e47a592608c101b25eb8b0fe7232671d0e6ef87338456e934ce8043a729e349bae2a27588eeaeb90791fc8c95f40d747db2713333a6df3e

# Packages that the closures name and no test needs, or that every Debian has: apt is told they are there.
have=(libc6 dpkg debconf perl tzdata locales ssl-cert systemd postgresql-common libllvm{14..20} libz3-4 adwaita-icon-theme
  fontconfig-config xdg-desktop-portal-backend dbus-x11 default-dbus-session-bus x11-utils xdg-utils shared-mime-info
  libgl1-mesa-dri postgresql-client-{13..20})

main() {
  mkdir -p "$cache"
  cache=$(cd "$cache" && pwd)
  exec 9>"$cache/lock"
  flock 9
  trap 'rm -rf "$cache"/work.*' EXIT
  [ $# -gt 0 ] || set -- postgres chromium llama fonts openai dex redis valkey
  local engine failed=0
  for engine in "$@"; do
    if "have_$engine"; then continue; fi
    if ! install "$engine" || ! "have_$engine"; then
      echo "NOT AVAILABLE: $engine: ${why:-it was unpacked and does not run; see $cache/$engine.log}" >&2
      failed=1
    fi
  done
  return $failed
}

# --- what is already there -----------------------------------------------------------------------------------------

have_postgres() {
  local bin
  for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) "$(dirname "$(command -v postgres || echo /nowhere/x)")"; do
    if [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ]; then say postgres "$bin, the machine's own"; return; fi
  done
  bin=$(ls -d "$cache"/postgres/usr/lib/postgresql/*/bin 2>/dev/null | tail -1) && [ -n "$bin" ] &&
    LD_LIBRARY_PATH=$cache/postgres/$libs "$bin/postgres" --version >>"$cache/postgres.log" 2>&1 && say postgres "$bin"
}

have_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if [ -x "$(command -v $name)" ]; then say chromium "$(command -v $name), the machine's own"; return; fi
  done
  name=$cache/chromium/usr/lib/chromium/chromium
  [ -x "$name" ] && LD_LIBRARY_PATH=$cache/chromium/$libs "$name" --version >>"$cache/chromium.log" 2>&1 && say chromium "$name"
}

have_llama() {
  if [ -x "$(command -v llama-server)" ]; then say llama "$(command -v llama-server), the machine's own"; return; fi
  local root=$cache/llama
  [ -x "$root/usr/bin/llama-server" ] || return 1
  "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/$libs:$root/$libs/llama:$root/$libs/llama.cpp" \
    "$root/usr/bin/llama-server" --version >>"$cache/llama.log" 2>&1 && say llama "$root/usr/bin/llama-server"
}

have_redis() {
  if [ -x "$(command -v redis-server)" ]; then say redis "$(command -v redis-server), the machine's own"; return; fi
  local name=$cache/redis/usr/bin/redis-server
  [ -x "$name" ] && LD_LIBRARY_PATH=$cache/redis/$libs "$name" --version >>"$cache/redis.log" 2>&1 && say redis "$name"
}

have_valkey() {
  if [ -x "$(command -v valkey-server)" ]; then say valkey "$(command -v valkey-server), the machine's own"; return; fi
  local root=$cache/valkey
  [ -x "$root/usr/bin/valkey-server" ] || return 1
  "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/$libs" "$root/usr/bin/valkey-server" --version >>"$cache/valkey.log" 2>&1 &&
    say valkey "$root/usr/bin/valkey-server"
}

# The official OpenAI client for JavaScript, and a node to run it: the one package that is not Debian's.
have_openai() {
  local node
  node=$(node_program) && [ -f "$cache/openai/package/index.js" ] && say openai "$cache/openai/package, run by $node"
}

# The provider of OpenID Connect; its name holds what it was built from, so that another version is built anew.
have_dex() { [ -x "$(dex_program)" ] && say dex "$(dex_program)"; }

dex_program() { echo "$cache/dex/dex-$(cat "$here"/dex/{go.mod,go.sum,main.go} | sha256sum | cut -c1-12)"; }

node_program() { command -v node || { [ -x "$cache/node/usr/bin/node" ] && echo "$cache/node/usr/bin/node"; }; }

have_fonts() { [ -d "$cache/fonts/usr/share/fonts/opentype/noto" ] && say fonts "$cache/fonts/usr/share/fonts"; }

say() { printf '%-9s %s\n' "$1" "$2"; }

# --- unpacking -----------------------------------------------------------------------------------------------------

# install ENGINE: unpack it into $cache/ENGINE in one step, or set why and fail.
install() {
  local suite packages
  why=
  if [ "$1" = dex ]; then install_dex; return; fi
  [ "$(uname -sm)" = "Linux x86_64" ] || { why="it is unpacked on Linux amd64 only; install it yourself and put it on the PATH"; return 1; }
  for tool in apt-get dpkg flock; do
    command -v $tool >/dev/null || { why="this machine has no $tool; install $1 yourself and put it on the PATH"; return 1; }
  done
  if [ "$1" = openai ]; then install_openai; return; fi
  suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  case $1 in
    postgres) packages=postgresql ;;
    chromium) packages=chromium ;;
    fonts) packages="fonts-noto-cjk fonts-liberation fonts-dejavu-core" ;;
    llama) packages=llama.cpp suite=$llama_suite ;;
    redis) packages=redis-server ;;
    valkey) packages=valkey-server suite=$llama_suite ;;
    node) packages=nodejs ;;
  esac
  mirror=$(mirror)
  [ -n "$mirror" ] || { why="no Debian mirror was found in /etc/apt/sources.list and /etc/apt/sources.list.d"; return 1; }
  say "$1" "unpacking $packages from $suite ..."
  work=$(mktemp -d "$cache/work.XXXXXX")
  # shellcheck disable=SC2086
  if ! unpack "$1" "$suite" $packages >"$cache/$1.log" 2>&1; then
    why="unpacking $packages from $mirror $suite failed: $(grep -E '^(E|W|Err|dpkg)' "$cache/$1.log" | head -3 | tr '\n' ' ')(all of it: $cache/$1.log)"
    rm -rf "$work"
    return 1
  fi
  rm -rf "${cache:?}/$1"
  mv "$work/root" "$cache/$1"
  rm -rf "$work"
}

# install_openai: the client by npm, checked against the hash above; node from Debian where there is none.
install_openai() {
  node_program >/dev/null || install node || return 1
  command -v npm >/dev/null || { why="this machine has no npm to fetch it with; install npm"; return 1; }
  local file=openai-$openai_version.tgz
  work=$(mktemp -d "$cache/work.XXXXXX")
  (cd "$work" && npm pack --silent "openai@$openai_version") >"$cache/openai.log" 2>&1 || { why="npm could not fetch it; see $cache/openai.log"; return 1; }
  echo "$openai_sha512  $work/$file" | sha512sum --check --quiet 2>>"$cache/openai.log" || { why="$file is not the file that is expected"; return 1; }
  mkdir "$work/root" && tar -xzf "$work/$file" -C "$work/root" && rm -rf "$cache/openai" && mv "$work/root" "$cache/openai"
}

# install_dex: build it, which takes a minute and a half of one core, once.
install_dex() {
  command -v go >/dev/null || { why="this machine has no go to build it with"; return 1; }
  say dex "building ..."
  mkdir -p "$cache/dex"
  (cd "$here/dex" && CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -ldflags '-s -w' -o "$cache/dex/new" . && mv "$cache/dex/new" "$(dex_program)") >"$cache/dex.log" 2>&1 ||
    { why="it could not be built: $(tail -1 "$cache/dex.log") (all of it: $cache/dex.log)"; return 1; }
}

# mirror: the first Debian mirror in this machine's sources, either format; a mirror+file list is looked into.
mirror() {
  { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
    sed '/^[[:space:]]*#/d' | tr -s ' \t' '\n' | while read -r uri; do
      case $uri in
        mirror+file:*) uri=$(awk '!/^#/ {print $1; exit}' "${uri#mirror+file:}" 2>/dev/null || true) ;;
      esac
      case ${uri%/} in
        http://*/debian | https://*/debian) echo "$uri"; break ;;
      esac
    done
}

# unpack ENGINE SUITE PACKAGE...: resolve the packages with all they need, download, check and unpack into $work/root.
unpack() {
  local engine=$1 suite=$2 deb
  shift 2
  mkdir -p "$work"/{lists/partial,archives/partial,state,root}
  apt_conf "$engine" >"$work/apt.conf"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  local -x APT_CONFIG=$work/apt.conf
  apt-get update -q || return 1 # set -e does not hold in a function that is called in a condition
  apt-get install -q -y --download-only "$@" || return 1
  for deb in "$work"/archives/*.deb; do
    dpkg -x "$deb" "$work/root" || return 1
  done
  rm -rf "$work"/root/usr/share/{doc,man,locale,icons} "$work"/root/usr/lib/postgresql/*/lib/bitcode
}

# apt_conf ENGINE: apt with folders of its own below $work. Of the machine's configuration only what says how to fetch
# (a proxy, say) is kept; its hooks, which would touch the machine, are not.
apt_conf() {
  local name
  : >"$work/state/status"
  if [ "$1" != llama ] && [ "$1" != valkey ]; then # what is of a newer suite brings its own C library
    for name in "${have[@]}"; do
      printf 'Package: %s\nStatus: install ok installed\nVersion: 9999\nArchitecture: amd64\nMulti-Arch: foreign\nMaintainer: x\nDescription: x\n\n' "$name"
    done >"$work/state/status"
  fi
  apt-config dump | grep -E '^Acquire::(http|https|Retries|Check|ForceIPv)' || true
  cat <<CONF
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$work/state";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/state/status";
Dir::Cache "$work";
Dir::Cache::Archives "$work/archives";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
CONF
}

main "$@"
